"""The rules of an environment: what no component can validate by itself.

Keys are paths of arguments: `training.file_systems.scratch.zone`.
"""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import api_rules
import cluster_rules
import dataset_rules
import endpoint_names
import folders
import log_rules
import managed
import model_checks
import namespace_rules
import queue_retraining_rules
import reachability
import regional
import retraining_rules
import role_limits
import service_monitoring_rules
import watched
import wiring
from groundplan.delivery_levels import validation as delivery_levels
from groundplan.facts import instances, regions
from groundplan.kubernetes import namespaces
from groundplan.network import subnets
from groundplan.network.args import NETWORK_DEFAULTS
from groundplan.problems import Problem, one_of, under
from groundplan.registry.experiment_tracking.choices import TrackingServer
from groundplan.serving.model_endpoint.variants import PRIMARY
from groundplan.training.choices import VolumeDriver
from groundplan.training.namespace_folders import TEAMLESS
from settings import FileSystemSettings, Settings

ECR_REGION = re.compile(r"^\d{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com")


def problems(settings: Settings) -> list[Problem]:
    """Returns the problems of the sections taken together."""
    if "region" not in settings:
        return [*cluster_rules.problems(settings), *_delivery(settings)]
    rules = (
        _region, _zones, _images, _two_zones, _file_systems, _services, _tracking, folders.problems,
        _releases, _monitoring, _model_monitoring, _iam, _access, reachability.problems,
        namespace_rules.problems, regional.problems, log_rules.problems,
        retraining_rules.problems, managed.problems,
        dataset_rules.problems, service_monitoring_rules.problems, queue_retraining_rules.problems,
        endpoint_names.problems,
        api_rules.problems, _delivery, _object_store,
    )  # fmt: skip
    return list(chain.from_iterable(rule(settings) for rule in rules))


def _delivery(settings: Settings) -> Iterator[Problem]:
    yield from under("delivery", delivery_levels.validate(settings.get("delivery", {})))


def _object_store(settings: Settings) -> Iterator[Problem]:
    if "object_store" in settings:
        allowed = "nothing with aws:region: the artifact bucket has what services read and write"
        fix = "remove it; services.<name>.capture.object_store has captures elsewhere"
        yield Problem("object_store", "set", allowed, fix)


def _iam(settings: Settings) -> Iterator[Problem]:
    yield from under("iam", role_limits.problems(settings.get("iam", {})))


def of_filled(settings: Settings) -> Mapping[str, list[Problem]]:
    """Returns the problem of an argument that the wiring fills -> those of the settings
    behind it."""
    pools = settings.get("training", {}).get("pools", {})
    allowed = "nothing in an existing network: its zones are not known"
    return {
        "training.zones": [
            Problem(
                f"training.pools.{name}.zone",
                pool["zone"],
                allowed,
                "set subnet_ids in its place",
            )
            for name, pool in pools.items()
            if "zone" in pool
        ]
    }


def _region(settings: Settings) -> Iterator[Problem]:
    """The region exists, and has the zones that the network asks for."""
    region, network = settings["region"], settings.get("network", {})
    unknown = regions.problems(region, 0)
    yield from unknown
    if unknown or "existing" in network:
        return
    zones = network.get("availability_zones")
    if zones is None:
        count = network.get("zone_count", NETWORK_DEFAULTS["zone_count"])
        if 1 <= count <= subnets.MAX_ZONES:  # else the network's own rules report it
            yield from under("network", regions.problems(region, count))
        return
    for index, zone in enumerate(zones):
        yield from _in_region(f"network.availability_zones[{index}]", zone, region)


def _in_region(key: str, zone: str, region: str) -> Iterator[Problem]:
    known = regions.zones(region)
    if zone in known:
        return
    if zone.startswith(region) or not known:
        yield from one_of(key, zone, known) if known else ()
    else:
        yield Problem(key, zone, f"a zone of {region}", "name one, or set aws:region")


def _images(settings: Settings) -> Iterator[Problem]:
    """SageMaker pulls images from ECR of its own region only."""
    region = settings["region"]
    if not regions.zones(region):
        return  # a wrong region is what is wrong
    for name, endpoint in settings.get("endpoints", {}).items():
        at = f"endpoints.{name}"
        parts: dict[str, Mapping[str, Any]] = {at: endpoint}
        parts |= {f"{at}.variants.{key}": v for key, v in endpoint.get("variants", {}).items()}
        if "shadow" in endpoint:
            parts[f"{at}.shadow"] = endpoint["shadow"]
        for key, part in parts.items():
            image = part.get("image")
            found = ECR_REGION.search(image) if isinstance(image, str) else None
            if found and found[1] != region:
                allowed = f"an image in ECR of {region}: SageMaker pulls from its own region only"
                fix = (
                    f"push it to {region}, and name it there; AWS's own images have another "
                    "account in each region (SageMaker documentation, registry paths)"
                )
                yield Problem(f"{key}.image", image, allowed, fix)


def _zones(settings: Settings) -> Iterator[Problem]:
    """Zones of pools and file systems are the network's, as far as these are known."""
    training = settings.get("training", {})
    sections: Mapping[str, Mapping[str, Any]] = {
        "pools": training.get("pools", {}),
        "file_systems": training.get("file_systems", {}),
    }
    for section, parts in sections.items():
        for name, part in parts.items():
            if "zone" in part:
                key = f"training.{section}.{name}.zone"
                outside = list(_in_region(key, part["zone"], settings["region"]))
                yield from outside or _in_network(key, part["zone"], settings)


def _in_network(key: str, zone: str, settings: Settings) -> Iterator[Problem]:
    network, of_pool = settings.get("network", {}), key.startswith("training.pools.")
    if "existing" in network:
        if not of_pool:  # of pools the cluster validates it: `of_filled`
            allowed = "nothing in an existing network: its zones are not known"
            fix = "remove it: the first of network.existing.private_subnet_ids is used"
            yield Problem(key, zone, allowed, fix)
    elif "availability_zones" in network:
        if not of_pool:  # of pools the cluster validates it
            yield from one_of(key, zone, network["availability_zones"])
    else:
        # The network looks its zones up while it is deployed: too late for an error.
        count = network.get("zone_count", NETWORK_DEFAULTS["zone_count"])
        known = regions.usable_zones(settings["region"])[:count]
        if known and zone not in known:
            allowed = f"{', '.join(known)}: the network has the first {count} zones by name"
            yield Problem(key, zone, allowed, f"name {zone} in network.availability_zones")


def _two_zones(settings: Settings) -> Iterator[Problem]:
    """EKS places its control plane in two zones."""
    network = settings.get("network", {})
    if "training" not in settings or "existing" in network:
        return
    zones = network.get("availability_zones")
    count = (
        network.get("zone_count", NETWORK_DEFAULTS["zone_count"]) if zones is None else len(zones)
    )
    if count == 1:
        key = "network.zone_count" if zones is None else "network.availability_zones"
        allowed = "at least two zones: EKS places the control plane of a training cluster in two"
        yield Problem(key, 1 if zones is None else zones, allowed, "use 2 zones or more")


def _access(settings: Settings) -> Iterator[Problem]:
    """Private networks that reach the API server are outside of the VPC, whose own
    addresses reach it always."""
    network = settings.get("network", {})
    if "existing" in network:
        return
    block = _network(network.get("cidr_block", NETWORK_DEFAULTS["cidr_block"]))
    given = settings.get("training", {}).get("private_access_cidrs", ())
    for index, text in enumerate(given):
        other = _network(text)
        if block and other and block.overlaps(other):
            key = f"training.private_access_cidrs[{index}]"
            allowed = f"a network outside of the VPC's own, {block}, which EKS lets in by itself"
            yield Problem(key, text, allowed, "remove it, or name the network of the VPN or peer")


def _network(text: object) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(str(text))
    except ValueError:
        return None


def _file_systems(settings: Settings) -> Iterator[Problem]:
    """A namespace mounts a file system as a claim of its name."""
    training = settings.get("training", {})
    for name in training.get("file_systems", {}):
        key = f"training.file_systems.{name}"
        if not namespaces.SHORT_NAME.fullmatch(name):
            allowed = namespaces.SHORT_NAME_ALLOWED
            yield Problem(key, name, allowed, "rename the file system")
        elif name.startswith("dataset-") and VolumeDriver.S3 in training.get("volume_drivers", ()):
            allowed = "no name that begins with dataset-, as the claims of datasets do"
            yield Problem(key, name, allowed, "rename the file system")
        yield from _readers(f"{key}.links", training["file_systems"][name], training)
        yield from _claims(name, training["file_systems"])


def _claims(name: str, systems: Mapping[str, FileSystemSettings]) -> Iterator[Problem]:
    """The readers of a link mount it as the claim `<file system>-<link>`."""
    for link, args in systems[name].get("links", {}).items():
        if args.get("readers") and f"{name}-{link}" in systems:
            allowed = f"another name: the file system {name}-{link} is a claim of that name"
            key = f"training.file_systems.{name}.links.{link}"
            yield Problem(key, link, allowed, "rename the link")


def _readers(
    key: str, system: FileSystemSettings, training: Mapping[str, Any]
) -> Iterator[Problem]:
    """Only namespaces of jobs mount a file system."""
    known = [TEAMLESS, *training.get("teams", {})]
    for link, args in system.get("links", {}).items():
        for index, reader in enumerate(args.get("readers", ())):
            if reader not in known:
                yield from one_of(f"{key}.{link}.readers[{index}]", reader, known)


def _services(settings: Settings) -> Iterator[Problem]:
    """Services run on the training cluster, on a pool that has what a pod requests."""
    services = settings.get("services", {})
    if services and "training" not in settings:
        allowed = "nothing without training: services run on its cluster"
        names = ", ".join(services)
        yield Problem("services", names, allowed, "add training, or remove services")
        return
    pools = settings.get("training", {}).get("pools", {})
    for name, service in services.items():
        if "pool" in service:
            yield from under(f"services.{name}", _pool(service, pools))


def _pool(service: Mapping[str, Any], pools: Mapping[str, Any]) -> Iterator[Problem]:
    chosen = service["pool"]
    if chosen not in pools:
        none = Problem("pool", chosen, "nothing: the training cluster has no pools", "remove it")
        yield from one_of("pool", chosen, pools) if pools else [none]
        return
    instance = instances.find(pools[chosen].get("instance_type", ""))
    wanted = service.get("accelerators", 0)
    if instance and wanted > instance.accelerator_count:
        most = instance.accelerator_count
        allowed = f"at most {most}, as a node of {chosen} ({instance.name}) has"
        yield Problem("accelerators", wanted, allowed, "lower it, or name another pool")


def _tracking(settings: Settings) -> Iterator[Problem]:
    tracking = settings.get("tracking", {})
    server = tracking.get("server")
    if server is TrackingServer.CLUSTER and "training" not in settings:
        allowed = "managed, where there is no training cluster"
        fix = "set it to managed, or add training"
        yield Problem("tracking.server", server.value, allowed, fix)
    registers = tracking.get("managed", {}).get("register_models")
    if registers and "models" not in settings:
        allowed = "false without models: there is no group to register in"
        key = "tracking.managed.register_models"
        yield Problem(key, True, allowed, "add models, or remove it")


def _releases(settings: Settings) -> Iterator[Problem]:
    if "releases" in settings and not wiring.releases.released(settings):
        allowed = "nothing, unless an endpoint's release is registry"
        fix = "remove it, or set endpoints.<name>.release"
        yield Problem("releases", dict(settings["releases"]), allowed, fix)


def _monitoring(settings: Settings) -> Iterator[Problem]:
    monitoring = settings.get("monitoring", {})
    of_cluster: Mapping[str, Any] = {
        key: value for key, value in monitoring.items() if key in ("cluster", "prometheus")
    }
    if "training" not in settings:
        for key, value in of_cluster.items():
            allowed = "nothing without training: there is no cluster to monitor"
            yield Problem(f"monitoring.{key}", dict(value), allowed, "add training, or remove it")
    elif of_cluster.get("cluster", {}).get("gpu_profiling") and not watched.has_gpus(
        settings["training"]
    ):
        allowed = "true only with a pool that has NVIDIA GPUs"
        key = "monitoring.cluster.gpu_profiling"
        yield Problem(key, True, allowed, "add such a pool to training.pools, or remove it")
    endpoints = settings.get("endpoints", {})
    for name in monitoring.get("endpoints", {}):
        if name not in endpoints:
            key = f"monitoring.endpoints.{name}"
            if endpoints:
                yield from one_of(key, name, endpoints)
            else:
                yield Problem(key, name, "none: there are no endpoints", "remove it")


def _model_monitoring(settings: Settings) -> Iterator[Problem]:
    """What is checked is captured: the requests of a real-time endpoint."""
    endpoints = settings.get("endpoints", {})
    others = {*endpoints, *settings.get("services", {})}
    others |= {*settings.get("training", {}).get("file_systems", {})}
    for name, monitoring in settings.get("model_monitoring", {}).items():
        key = f"model_monitoring.{name}"
        if name not in endpoints:
            if endpoints:
                yield from one_of(key, name, endpoints)
            else:
                yield Problem(key, name, "none: there are no endpoints", "remove it")
            continue
        if model_checks.named(name) in others:
            allowed = f"nothing beside another component named {model_checks.named(name)}"
            yield Problem(key, name, allowed, "rename that one")
        endpoint = endpoints[name]
        uncaptured = [k for k in ("serverless", "asynchronous") if k in endpoint]
        if uncaptured:
            allowed = f"a real-time endpoint: one that is {uncaptured[0]} captures no requests"
            yield Problem(key, name, allowed, "remove it")
        if endpoint.get("capture", {}).get("percent") == 0:
            fix = f"set endpoints.{name}.capture.percent"
            yield Problem(key, name, "an endpoint that captures requests", fix)
        variants: Mapping[str, Any] = endpoint.get("variants", {PRIMARY: {}})
        if monitoring.get("variant", PRIMARY) not in variants:
            yield from one_of(f"{key}.variant", monitoring.get("variant", PRIMARY), variants)
