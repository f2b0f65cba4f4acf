"""The rules of an environment: what no component can validate by itself.

Keys are paths of arguments: `training.file_systems.scratch.zone`.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import api_rules
import cluster_rules
import dataset_rules
import endpoint_names
import file_system_rules
import folders
import log_rules
import managed
import model_monitoring_rules
import monitoring_rules
import namespace_rules
import queue_retraining_rules
import reachability
import regional
import retraining_rules
import role_limits
import service_monitoring_rules
import service_rules
import wiring
import zone_rules
from groundplan.delivery_levels import validation as delivery_levels
from groundplan.facts import regions
from groundplan.problems import Problem, under
from groundplan.registry.experiment_tracking.choices import TrackingServer
from settings import Settings

ECR_REGION = re.compile(r"^\d{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com")


def problems(settings: Settings) -> list[Problem]:
    """Returns the problems of the sections taken together."""
    if "region" not in settings:
        return [*cluster_rules.problems(settings), *_delivery(settings)]
    rules = (
        zone_rules.problems, _images, file_system_rules.problems, service_rules.problems,
        _tracking, folders.problems, _releases, monitoring_rules.problems,
        model_monitoring_rules.problems, _iam, reachability.problems,
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
