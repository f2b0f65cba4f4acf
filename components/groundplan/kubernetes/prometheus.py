"""The names of the Prometheus that `MonitoringStack` installs, for components that
query it or let it scrape their pods."""

CHART = RELEASE = "kube-prometheus-stack"
"""The release has the chart's name, so that services, secrets and service accounts have
the names that the chart's documentation uses."""

NAMESPACE = "monitoring"

URL = f"http://{RELEASE}-prometheus.{NAMESPACE}.svc:9090"
"""The Service of Prometheus in that release."""

OPERATOR_API = "monitoring.coreos.com/v1"
"""The API of PodMonitor, ServiceMonitor and PrometheusRule."""
