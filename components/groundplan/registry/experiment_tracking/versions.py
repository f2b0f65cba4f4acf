"""The versions that tracking on a cluster pins."""

from groundplan.kubernetes.chart_reference import Chart

# community-charts/helm-charts@ae700ff4, charts/mlflow/Chart.yaml, newest on 2026-11-21.
# Its keys are checked against the chart's own values.schema.json.
MLFLOW_CHART = Chart("mlflow", "1.11.5", "https://community-charts.github.io/helm-charts")

MLFLOW_IMAGE = "docker.io/burakince/mlflow:3.15.1"
"""The chart's own, of its `appVersion`: MLflow 3.15.1 with boto3 and psycopg2.
`credentials` was tested with this MLflow and PostgreSQL 16: both schemas in one
database, two concurrent migrations, and a password that changes while the server
runs. By tag: no public source states its digest. `image` takes a reference with
one."""

POSTGRESQL = "17"
"""RDS selects and upgrades the minor version. From 15 on it rejects connections
without TLS (Amazon RDS User Guide, "Using SSL with a PostgreSQL DB instance")."""
