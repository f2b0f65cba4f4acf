"""What settings of the right shape can still be wrong about: the rules of the
components that they are for.

Each component judges its own arguments before it registers anything; judged here, an
environment says everything that is wrong with all of its components before the first of
them exists.
"""

from dataclasses import replace
from typing import Any

import namespaces
import registry_rules
import service_rules
from groundplan.facts import regions
from groundplan.monitoring import monitoring_stack as monitoring
from groundplan.network import args as network_args
from groundplan.network import subnets
from groundplan.problems import MISSING, Problem, one_of, under
from groundplan.release.component import args as delivery
from groundplan.serving.model_endpoint import args as endpoint_args
from groundplan.serving.model_endpoint.choices import ReleaseMode
from groundplan.storage.artifact_bucket import args as bucket_args
from groundplan.training.choices import VolumeDriver
from groundplan.training.cluster import training_cluster
from groundplan.training.lustre import args as lustre_args
from groundplan.training.platform import args as platform_args
from groundplan.training.teams import team_args
from platform_settings import PlatformSettings
from settings import NetworkSettings, Settings
from training_settings import TrainingSettings


def problems(settings: Settings, environment: str) -> list[Problem]:
    """All that is wrong, for an environment of that name (`<project>-<stack>`). Keys
    are paths of fields of `Settings`."""
    found = under("platform", _platform(settings.platform)) if settings.platform else []
    if settings.region is None:
        return found + _without_region(settings)
    network: Any = settings.network.arguments()
    artifacts: Any = settings.artifacts.arguments()
    found += under("network", network_args.problems(network)) + _region(
        settings, settings.region, network
    )
    found += under("artifacts", bucket_args.problems("artifacts", artifacts))
    if settings.training:
        of_training = _training(settings.training, settings.network, network)
        of_zones = _zones(settings.training, settings.region, settings.network)
        told = {problem.key for problem in of_training}
        found += under(
            "training", of_training + [problem for problem in of_zones if problem.key not in told]
        )
    for name, endpoint in settings.endpoints.items():
        given: Any = {**endpoint.arguments(), "artifacts": {}}
        of_endpoint = endpoint_args.problems(given, name, f"{environment}-{name}")
        found += under(f"endpoints.{name}", map(_name_of_endpoint, of_endpoint))
    found += under("releases", _releases(settings))
    found += registry_rules.problems(settings, environment) + service_rules.problems(settings)
    found += namespaces.problems(settings)
    return found + under("monitoring", monitoring.problems(_monitoring(settings)))


def _name_of_endpoint(problem: Problem) -> Problem:
    """An endpoint is called what its settings are called."""
    named = problem.key in ("name", "endpoint_name")
    return replace(problem, key="", fix="rename the endpoint") if named else problem


def _platform(settings: PlatformSettings) -> list[Problem]:
    given: Any = settings.arguments()
    return platform_args.problems(given, has_provider=False)


def _without_region(settings: Settings) -> list[Problem]:
    """AWS is needed, unless a cluster that is there already is all that the environment
    has."""
    allowed = "an AWS region: everything but platform is in one"
    if settings.platform is None:
        return [Problem("region", MISSING, allowed, "set aws:region")]
    given = settings.model_fields_set - {"region", "platform", "deletion_protection", "tags"}
    return (
        [
            Problem(
                "region", MISSING, allowed, f"set aws:region, or remove {', '.join(sorted(given))}"
            )
        ]
        if given
        else []
    )


def _training(
    settings: TrainingSettings, network: NetworkSettings, arguments: Any
) -> list[Problem]:
    """What is wrong with the cluster, as far as its network is in the settings, and
    with its file systems."""
    found: list[Problem] = []
    given: Any = {**settings.arguments(), "vpc_id": "", "artifacts": {}}
    if not network.existing:
        given["zones"] = network.availability_zones or ""  # looked up in AWS: not known here
        if not network_args.problems(arguments):
            block = arguments.get("cidr_block", network_args.CIDR_BLOCK)
            given["subnet_cidr_blocks"] = subnets.layout(
                block, network_args.zone_count(arguments)
            ).private
    for problem in training_cluster.problems(given):
        found += _zones_of_pools(settings) if problem.key == "zones" else [problem]
    for name, system in settings.file_systems.items():
        found += under(f"file_systems.{name}", _file_system_name(name, settings))
        links = {
            key: {**link.arguments(), "bucket_name": "artifacts"}
            for key, link in (system.links or {}).items()
        }
        wanted: Any = {**system.arguments(), "links": links}
        found += under(f"file_systems.{name}", lustre_args.problems(wanted))
    return found


def _zones_of_pools(settings: TrainingSettings) -> list[Problem]:
    """The pools that name a zone, where the network's are not known: it was there
    already."""
    allowed, fix = (
        "nothing in a network that was there already: its zones are not known",
        "give subnet_ids in its place",
    )
    return [
        Problem(f"pools.{name}.zone", pool.zone, allowed, fix)
        for name, pool in settings.pools.items()
        if pool.zone
    ]


def _file_system_name(name: str, settings: TrainingSettings) -> list[Problem]:
    """Namespaces mount a file system as a claim of its name, beside that of the
    datasets."""
    if not team_args.NAME.fullmatch(name):
        allowed = "a name of lower-case letters, digits and hyphens that begins with a letter, at most 30 characters"
        return [Problem("", name, allowed, "rename the file system")]
    if name == "datasets" and settings.teams and VolumeDriver.S3 in (settings.volume_drivers or ()):
        allowed = "another name than datasets, which is each team's claim with the volume driver s3"
        return [Problem("", name, allowed, "rename the file system")]
    return []


def _zones(settings: TrainingSettings, region: str, network: NetworkSettings) -> list[Problem]:
    """Whether the zones that pools and file systems name are the network's, as far as
    it is known."""
    named = {f"pools.{name}.zone": pool.zone for name, pool in settings.pools.items() if pool.zone}
    named |= {
        f"file_systems.{name}.zone": system.zone
        for name, system in settings.file_systems.items()
        if system.zone
    }
    found = []
    for key, zone in named.items():
        if not zone.startswith(region):
            found.append(Problem(key, zone, f"a zone of {region}", "name one, or set aws:region"))
        elif network.availability_zones and key.startswith(
            "file_systems."
        ):  # of pools the cluster judges it
            found += one_of(key, zone, network.availability_zones)
    return found


def _releases(settings: Settings) -> list[Problem]:
    """What is wrong with the releases, and with their number of endpoints if there are
    any."""
    released = [
        name
        for name, endpoint in settings.endpoints.items()
        if endpoint.release is ReleaseMode.REGISTRY
    ]
    given: Any = settings.releases.arguments() | (
        {"targets": dict.fromkeys(released)} if released else {}
    )
    found = delivery.problems(given)
    if not released and "releases" in settings.model_fields_set:
        allowed = "nothing, unless an endpoint's release is registry"
        found.append(
            Problem(
                "",
                settings.releases.arguments(),
                allowed,
                "remove it, or set endpoints.<name>.release",
            )
        )
    return found


def _region(settings: Settings, region: str, network: Any) -> list[Problem]:
    """Whether the region exists, and has the zones that the network asks for."""
    found = regions.problems(region, 0)
    if found or settings.network.existing:
        return found
    if settings.network.availability_zones is None:
        count = network_args.zone_count(network)
        if count > subnets.MAX_ZONES:  # more than that is no network's, which its own rules say
            return []
        return under("network", regions.problems(region, count))
    return [
        Problem(
            f"network.availability_zones[{index}]",
            zone,
            f"a zone of {region}",
            "name one, or set aws:region",
        )
        for index, zone in enumerate(settings.network.availability_zones)
        if not zone.startswith(region)
    ]


def _monitoring(settings: Settings) -> Any:
    """The monitoring's arguments; the cluster is there when the training cluster is."""
    given = settings.monitoring.arguments()
    return {**given, "cluster": {}} if settings.training else given
