"""The resolved arguments of a `TrainingPlatform`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.arguments import with_defaults
from groundplan.kubernetes.open_cost import spec as open_cost
from groundplan.kubernetes.open_cost.spec import OpenCostSpec
from groundplan.training import frameworks_args
from groundplan.training.frameworks_args import FrameworksSpec
from groundplan.training.platform.args import PlatformPoolArgs, TrainingPlatformArgs
from groundplan.training.queues import schedule_args
from groundplan.training.queues.flavor import Flavor, Taint
from groundplan.training.queues.schedule_args import ScheduleSpec
from groundplan.training.teams import team_spec
from groundplan.training.teams.team_spec import Connections, TeamSpec


@dataclass(frozen=True)
class PlatformSpec:
    """A training platform with every default filled in."""

    kubeconfig: Any
    """A string, or an `Output` of one. None with a provider in the options."""
    cluster_identifier: Any
    """A string, or an `Output` of one; or None."""
    pools: Sequence[Flavor]
    teams: Mapping[str, TeamSpec]
    connections: Connections
    """Of the namespace `training`."""
    frameworks: FrameworksSpec
    schedule: ScheduleSpec | None
    """None if the queues are always open."""
    device_plugin: bool
    open_cost: OpenCostSpec | None
    """None if it is not installed."""
    deletion_protection: bool


def resolve(args: TrainingPlatformArgs, pools: Sequence[Flavor], name: str) -> PlatformSpec:
    """Returns the spec of valid arguments, whose pools are resolved already. `name`: of
    the component."""
    own = with_defaults(TrainingPlatformArgs, args)
    schedule = args.get("schedule")
    return PlatformSpec(
        kubeconfig=args.get("kubeconfig"),
        cluster_identifier=args.get("cluster_identifier"),
        pools=tuple(pools),
        teams=team_spec.resolve_all(args.get("teams", {})),
        connections=Connections(**args.get("connections", {})),
        frameworks=frameworks_args.resolve(args.get("frameworks", {})),
        schedule=None if schedule is None else schedule_args.resolve(schedule),
        device_plugin=own["device_plugin"],
        open_cost=open_cost.resolve(args["open_cost"], name) if "open_cost" in args else None,
        deletion_protection=own["deletion_protection"],
    )


def flavor(name: str, args: PlatformPoolArgs) -> Flavor:
    """Returns the pool of valid arguments."""
    own = with_defaults(PlatformPoolArgs, args)
    return Flavor(
        name=name,
        nodes=own["nodes"],
        cpu=own["cpu"],
        memory_mib=own["memory_gib"] * 1024,
        accelerator=own.get("accelerator"),
        accelerators=own["accelerators"],
        efa=own["efa"],
        usd_per_hour=own.get("usd_per_hour"),
        node_labels=own["node_labels"],
        taints=tuple(Taint(taint["key"], taint["value"]) for taint in own.get("taints", ())),
    )
