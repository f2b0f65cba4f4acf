"""The training cluster and its file systems."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pulumi
import settings_file
from description import Call, Component, Reference
from groundplan.context import Context
from groundplan.network.args import NetworkArgs
from groundplan.network.spec import resolve as resolve_network
from groundplan.network.validation import validate as validate_network
from groundplan.problems import Problem
from groundplan.training.choices import VolumeDriver
from groundplan.training.namespace_folders import TEAMLESS
from references import ACCESS, SUBNETS, VPC
from settings import FileSystemSettings, Settings

from wiring import tracking
from wiring.components import component


def described(settings: Settings) -> Iterator[Component | Call]:
    if "training" not in settings:
        return
    args: dict[str, Any] = {
        "private_subnet_ids": SUBNETS,
        "vpc_id": VPC,
        "artifacts": ACCESS,
        **_zones(settings.get("network", {})),
        **settings["training"],
    }
    systems: Mapping[str, FileSystemSettings] = args.pop("file_systems", {})
    if systems:
        drivers = {*args.get("volume_drivers", ()), VolumeDriver.LUSTRE}
        args["volume_drivers"] = sorted(drivers)
    if "teams" in args:
        args["teams"] = tracking.connected(settings, args["teams"])
    jobs = {TEAMLESS: args.get("connections", {})}
    if connections := tracking.connected(settings, jobs)[TEAMLESS]:
        args["connections"] = connections
    yield component(settings, "TrainingCluster", "training", args)
    for name, system in systems.items():
        yield _file_system(settings, name, system)
        mount = {"claim_name": name, "name": name, "file_system": Reference(name, "mount")}
        yield Call("training", "mount", mount)


def _zones(network: NetworkArgs) -> dict[str, Any]:
    """Returns the zones and the addresses of the subnets, as far as the settings say
    them.

    Of an existing network they are unknown.
    """
    if "existing" in network:
        return {}
    zones = Reference("network", "zones", expected=network.get("availability_zones"))
    context = Context("network", "", "")
    if validate_network(network, context):
        return {"zones": zones}
    blocks = {"subnet_cidr_blocks": resolve_network(network, context).layout.private}
    return {"zones": zones, **blocks}


def _file_system(settings: Settings, name: str, system: FileSystemSettings) -> Component:
    """Returns a file system in one zone, with directories linked to the bucket."""
    args: dict[str, Any] = {
        "vpc_id": VPC,
        "subnet_id": _subnet_of(name, system.get("zone")),
        "client_security_groups": {"cluster": Reference("training", "security_group_id")},
        **system,
    }
    args.pop("zone", None)
    bucket = {"bucket_name": Reference("artifacts", "bucket_name")}
    if "links" in args:
        args["links"] = {key: {**bucket, **link} for key, link in args["links"].items()}
    key = f"training.file_systems.{name}"
    return component(settings, "LustreFileSystem", name, args, key=key)


def _subnet_of(name: str, zone: str | None) -> Reference:
    """Returns the private subnet of a file system's zone; the first without one."""

    def subnet(network: Any) -> pulumi.Output[str]:
        # The zones are known in a preview, the subnets aren't: a callback on both is
        # not run by `pulumi preview`.
        index = network.zones.apply(lambda zones: _index(name, zone, zones))
        return pulumi.Output.all(network.private_subnet_ids, index).apply(
            lambda known: known[0][known[1]]
        )

    return Reference("network", select=subnet)


def _index(name: str, zone: str | None, zones: Sequence[str]) -> int:
    """Returns the index of the subnet in a zone. Raises `pulumi.RunError` if no subnet
    is in it."""
    if zone and zone not in zones:
        key = f"training.fileSystems.{name}.zone"
        allowed = ", ".join(zones) or "nothing in an existing network: its zones are unknown"
        fix = "name one of them" if zones else "remove it: the first private subnet is used"
        raise settings_file.error_of(Problem(key, zone, allowed, fix))
    return zones.index(zone) if zone else 0
