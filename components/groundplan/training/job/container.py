"""What the container of a run is told, in the same words on a cluster and on SageMaker:
by environment variables and a file.

On SageMaker, datasets, checkpoints and the model are folders, which it fills from S3
and empties to S3; on a cluster they are URIs, which the program reads and writes
itself. Libraries such as fsspec and PyTorch Lightning take either.
"""

import re
from collections.abc import Mapping
from typing import Any

from groundplan.training.job.args import TrainingJobArgs

PARAMETERS_FOLDER = "/opt/ml/input/config"
PARAMETERS_FILE = "hyperparameters.json"
"""Where SageMaker puts them (Developer Guide, "How Amazon SageMaker AI Provides
Training Information"); a job on a cluster does so too."""

DATA, MODEL, CHECKPOINTS = "/opt/ml/input/data", "/opt/ml/model", "/opt/ml/checkpoints"
"""SageMaker's folders (Developer Guide, "SageMaker AI environment variables and the
default paths for training storage")."""

MASTER_PORT, RENDEZVOUS_PORT = "29500", "29400"
"""torchrun's own defaults, for the processes and for its c10d store."""

RESERVED = re.compile(
    r"GROUNDPLAN_\w+|PET_\w+|SM_\w+|SAGEMAKER_\w+|MASTER_ADDR|MASTER_PORT|NNODES|NODE_RANK|NPROC_PER_NODE|JOB_COMPLETION_INDEX"
)
"""Environment variables that a job sets by itself, or that Kubernetes or SageMaker
do."""


def input_variable(dataset: str) -> str:
    """The variable that says where a dataset is."""
    return f"GROUNDPLAN_INPUT_{dataset.upper()}"


def told(
    args: TrainingJobArgs, run: Mapping[str, Any], places: Mapping[str, Any]
) -> dict[str, Any]:
    """The variables that say what run it is and where its data is. `run` has `id` and
    `record`; `places` has the datasets by name, and `output` and `checkpoints`."""
    seed = str(args["seed"]) if "seed" in args else None
    return {
        "GROUNDPLAN_RUN_ID": run["id"],
        "GROUNDPLAN_RECORD": run["record"],
        "GROUNDPLAN_CODE_REVISION": args["code"]["revision"],
        "GROUNDPLAN_PARAMETERS_FILE": f"{PARAMETERS_FOLDER}/{PARAMETERS_FILE}",
        **{input_variable(name): places["datasets"][name] for name in args["datasets"]},
        "GROUNDPLAN_OUTPUT": places["output"],
        "GROUNDPLAN_CHECKPOINTS": places["checkpoints"],
        # The hash seed decides on the order of sets of strings.
        **({"GROUNDPLAN_SEED": seed, "PYTHONHASHSEED": seed} if seed is not None else {}),
    }


def rendezvous(nodes: int, processes: int, host: Any, endpoint: Any, run: Any) -> dict[str, Any]:
    """The variables by which the processes of all nodes find each other.

    torchrun takes its options from `PET_*` (torch/distributed/argparse_util.py), so
    that `torchrun train.py` is all there is to say; c10d needs no rank, which SageMaker
    gives in a file only. The others are for other launchers. `endpoint` is the host
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
