"""Resolves the arguments of a TrainingJob: fills in the default values of all
groups."""

from collections.abc import Mapping
from typing import Any, cast

from groundplan.arguments import with_defaults
from groundplan.training.job.args import (
    ClusterRunArgs,
    SageMakerRunArgs,
    TrainingJobArgs,
)


def resolve(args: TrainingJobArgs) -> TrainingJobArgs:
    """Returns arguments of which all keys with a default value are present.

    `sagemaker` stays absent where it is: it has a required key. `args` may be
    incomplete, as validation reads them.
    """
    given: Mapping[str, Any] = args
    filled = with_defaults(TrainingJobArgs, given)
    filled["cluster"] = with_defaults(ClusterRunArgs, given.get("cluster"))
    if "sagemaker" in given:
        filled["sagemaker"] = with_defaults(SageMakerRunArgs, given["sagemaker"])
    return cast(TrainingJobArgs, filled)
