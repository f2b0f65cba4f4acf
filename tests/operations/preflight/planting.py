"""How an obstacle is planted in a world."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from account_world import World
from groundplan.operations.preflight.finding import Stage

UP, SCALING, LATER = Stage.UP, Stage.SCALING, Stage.LATER
SOON = datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC)
AGO = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
EFA = "cr-0123456789abcdef0"
BLOCK = "cr-0123456789abcdef1"


@dataclass(frozen=True)
class Planted:
    """One obstacle."""

    label: str
    stack: str
    plant: Callable[[World], Any]
    at: str
    """The resource whose step fails."""
    says: str
    """A part of the finding's need or limit."""
    stage: Stage = UP


def quota(service: str, code: str, value: float) -> Callable[[World], Any]:
    return lambda world: world.quotas.__setitem__((service, code), value)


def sagemaker(name: str, value: float) -> Callable[[World], Any]:
    return quota("sagemaker", f"L-{name}", value)


def full(service: str, operation: str, entry: Any, count: int, code: str) -> Callable[[World], Any]:
    """As many as the quota allows are there already."""

    def plant(world: World) -> None:
        world.lists[service, operation] = [entry] * count
        world.quotas["vpc" if code in ("L-F678F1CE", "L-A4707A72") else service, code] = count

    return plant


def busy(kind: str, count: int, code: str, value: float, **more: Any) -> Callable[[World], Any]:
    def plant(world: World) -> None:
        world.run_instances(kind, count, **more)
        world.quotas["ec2", code] = value

    return plant


def reservation(id_: str, **values: Any) -> Callable[[World], Any]:
    return lambda world: world.reservations[id_].update(values)


def take(token: str, name: str) -> Callable[[World], Any]:
    return lambda world: world.take(token, name)


def add(attribute: str, value: Any) -> Callable[[World], Any]:
    return lambda world: getattr(world, attribute).add(value)


def jobs(kind: str, shape: str, detail: dict[str, Any], name: str, value: float) -> Any:
    """A job that runs and uses the quota."""

    def plant(world: World) -> None:
        world.lists["sagemaker", f"list_{kind}_jobs"] = [{f"{shape}Name": "another"}]
        setattr(world, f"_sagemaker_describe_{kind}_job", lambda _region, _request: detail)
        world.quotas["sagemaker", f"L-{name}"] = value

    return plant


def endpoint(entry: str, name: str, value: float) -> Callable[[World], Any]:
    def plant(world: World) -> None:
        world.lists["sagemaker", "list_endpoints"] = [{"EndpointName": entry}]
        world.quotas["sagemaker", f"L-{name}"] = value

    return plant


CPUS = {"CoreCount": 4, "ThreadsPerCore": 2}
ODD, RICH, KUBERNETES, DEV = "odd", "rich-sagemaker", "rich-kubernetes", "dev"
G5 = "ml.g5.xlarge for endpoint usage"
