"""What a training script logs to MLflow, where the job has one. The image needs
`mlflow`, and on SageMaker its plugin `sagemaker-mlflow`; without a server neither.

The server, the experiment and the tags come from the variables of the job
(`groundplan.training.job.container.tracking`).
"""

import os
from collections.abc import Mapping
from typing import Any


def log(parameters: Mapping[str, str], metrics: Mapping[str, float]) -> None:
    """Logs this run."""
    if not os.environ.get("MLFLOW_TRACKING_URI"):
        return
    import mlflow  # type: ignore[import-not-found]

    client: Any = mlflow
    with client.start_run(run_name=os.environ["GROUNDPLAN_RUN_ID"]):
        client.log_params(dict(parameters))
        client.log_metrics(dict(metrics))
        client.log_dict(dict(metrics), "metrics.json")
