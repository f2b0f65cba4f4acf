"""The interface of a run's container, the same on a cluster and on SageMaker:
environment variables and a file.

On SageMaker, datasets, checkpoints and the model are folders, which it fills from S3
and empties to S3; on a cluster they are URIs, which the program reads and writes
itself. Libraries such as fsspec and PyTorch Lightning take either.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Protocol

PARAMETERS_FOLDER = "/opt/ml/input/config"
PARAMETERS_FILE = "hyperparameters.json"
"""Where SageMaker puts them (Developer Guide, "How Amazon SageMaker AI Provides
Training Information"); a job on a cluster does so too."""

DATA, MODEL, CHECKPOINTS = "/opt/ml/input/data", "/opt/ml/model", "/opt/ml/checkpoints"
"""SageMaker's folders (Developer Guide, "SageMaker AI environment variables and the
default paths for training storage")."""

TRACKING = ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_CONTEXT")
"""Variables that a job with `tracking` sets."""

MAX_VALUE = 512
"""Characters of a variable's value on SageMaker (API, `Environment`)."""

MASTER_PORT, RENDEZVOUS_PORT = "29500", "29400"
"""torchrun's own defaults, for the processes and for its c10d store."""

RESERVED = re.compile(
    r"GROUNDPLAN_\w+|PET_\w+|SM_\w+|SAGEMAKER_\w+|MASTER_ADDR|MASTER_PORT|NNODES|NODE_RANK|NPROC_PER_NODE|JOB_COMPLETION_INDEX"
)
"""Environment variables that a job, Kubernetes or SageMaker sets."""


class Described(Protocol):
    """What the variables say of a run: of its specification, or of its record."""

    @property
    def code(self) -> Mapping[str, Any]: ...

    @property
    def datasets(self) -> Mapping[str, Any]: ...

    @property
    def seed(self) -> int | None: ...


def input_variable(dataset: str) -> str:
    """Returns the variable with the location of a dataset."""
    return f"GROUNDPLAN_INPUT_{dataset.upper()}"


def environment(
    job: Described, run: Mapping[str, Any], locations: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns the variables that identify the run and locate its data. `run` has `id`
    and `record`; `locations` has the datasets by name, and `output` and
    `checkpoints`."""
    seed = None if job.seed is None else str(job.seed)
    return {
        "GROUNDPLAN_RUN_ID": run["id"],
        "GROUNDPLAN_RECORD": run["record"],
        "GROUNDPLAN_CODE_REVISION": job.code["revision"],
        "GROUNDPLAN_PARAMETERS_FILE": f"{PARAMETERS_FOLDER}/{PARAMETERS_FILE}",
        **{input_variable(name): locations["datasets"][name] for name in job.datasets},
        "GROUNDPLAN_OUTPUT": locations["output"],
        "GROUNDPLAN_CHECKPOINTS": locations["checkpoints"],
        # The hash seed determines the order of sets of strings.
        **({"GROUNDPLAN_SEED": seed, "PYTHONHASHSEED": seed} if seed is not None else {}),
    }


def tracking(record: Mapping[str, Any]) -> dict[str, str]:
    """Returns the variables by which a run logs to the MLflow that its record names;
    none where it names none. MLflow adds the tags of `MLFLOW_RUN_CONTEXT` to each run
    (mlflow/tracking/context/system_environment_context.py)."""
    named = record.get("tracking")
    if not named:
        return {}
    context: dict[str, str] = {"groundplan.code_revision": record["code"]["revision"]}
    for name, dataset in sorted(record["datasets"].items()):
        whole = {**context, f"groundplan.dataset.{name}": dataset["version"]}
        if len(json.dumps(whole)) > MAX_VALUE:
            break  # the record has all
        context = whole
    return {
        "MLFLOW_TRACKING_URI": named["uri"],
        "MLFLOW_EXPERIMENT_NAME": record["name"],
        "MLFLOW_RUN_CONTEXT": json.dumps(context),
    }


def rendezvous(nodes: int, processes: int, host: Any, endpoint: Any, run: Any) -> dict[str, Any]:
    """Returns the variables by which the processes of all nodes rendezvous.

    torchrun takes its options from `PET_*` (torch/distributed/argparse_util.py), so
    that `torchrun train.py` needs no options; c10d needs no rank, which SageMaker
    has in a file only. The others are for other launchers. `endpoint` is the host
    with the port of the rendezvous.
    """
    return {
        "MASTER_ADDR": host,
        "MASTER_PORT": MASTER_PORT,
        "NNODES": str(nodes),
        "NPROC_PER_NODE": str(processes),
        "PET_NNODES": str(nodes),
        "PET_NPROC_PER_NODE": str(processes),
        "PET_RDZV_BACKEND": "c10d",
        "PET_RDZV_ENDPOINT": endpoint,
        "PET_RDZV_ID": run,
    }
