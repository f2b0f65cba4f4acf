"""The frameworks for jobs over several pods: their arguments."""

from dataclasses import dataclass
from typing import NotRequired, TypedDict

from groundplan.arguments import defaults, with_defaults


class FrameworksArgs(TypedDict):
    """The frameworks to install. Removing one ends its jobs."""

    ray: NotRequired[bool]
    """KubeRay: RayJob, RayCluster and RayService. Default: false."""
    trainer: NotRequired[bool]
    """Kubeflow Trainer: TrainJob, with the runtime `torch-distributed`. Installs JobSet
    too. Default: false."""
    jobset: NotRequired[bool]
    """JobSet: groups of Jobs that start, and fail, as one. Installed with `trainer` in
    any case. Default: `trainer`."""


FRAMEWORKS_DEFAULTS = defaults(FrameworksArgs, ray=False, trainer=False)


@dataclass(frozen=True)
class FrameworksSpec:
    """The frameworks that are installed."""

    ray: bool = False
    trainer: bool = False
    jobset: bool = False


def resolve(args: FrameworksArgs) -> FrameworksSpec:
    """Returns the frameworks of valid arguments."""
    own = with_defaults(FrameworksArgs, args)
    return FrameworksSpec(own["ray"], own["trainer"], own["trainer"] or own.get("jobset", False))
