"""What levels demand of a program, seen in its manifest."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan import catalog
from groundplan.catalog.aws.cloudwatch import COMPOSITE_ALARM, METRIC_ALARM
from groundplan.catalog.aws.sagemaker import ENDPOINT
from groundplan.delivery_levels.demand import Shortfall
from groundplan.manifest.model import Manifest, Resource

SHIFTING = ("CANARY", "LINEAR")
"""Types of traffic routing that shift some of the traffic first."""
AWS_POLICY = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/")
"""Policies of AWS, such as AdministratorAccess, which is no limit."""
ROLE = "aws:iam/role:Role"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
MONITORING = "groundplan:index:ModelMonitoring"
ENDPOINT_COMPONENT = "groundplan:index:ModelEndpoint"


def unprotected(manifest: Manifest) -> Iterator[Shortfall]:
    """Resources whose data a change of the program deletes."""
    for resource in manifest:
        entry = catalog.by_token(resource.type)
        if not entry or not entry.data or not entry.data.needs_protection:
            continue
        own = ("deletionProtection", "deletionProtectionEnabled")
        kept = resource.option("protect") or resource.option("retainOnDelete")
        if not kept and not any(resource.inputs.get(name) for name in own):
            reason = f"{entry.name} {resource.name} is deleted once it leaves the program"
            yield Shortfall(reason, resource.urn)


def unbounded_roles(manifest: Manifest) -> Iterator[Shortfall]:
    """Roles that the deploy role of a pipeline may not create."""
    for role in manifest.of_type(ROLE):
        boundary = role.inputs.get("permissionsBoundary")
        if not boundary:
            yield Shortfall(f"role {role.name} has no permissions boundary", role.urn)
        elif AWS_POLICY.match(str(boundary)):
            words = f"role {role.name} has the policy {boundary} of AWS for a boundary"
            yield Shortfall(f"{words}, which is not that of the deploy role", role.urn)


def silent_alarms(manifest: Manifest) -> Iterator[Shortfall]:
    """Nobody is notified of what alarms see."""
    tokens = (*METRIC_ALARM.tokens, *COMPOSITE_ALARM.tokens)
    alarms = [resource for resource in manifest if resource.type in tokens]
    acting = [
        alarm
        for alarm in alarms
        if alarm.inputs.get("alarmActions") and alarm.inputs.get("actionsEnabled") is not False
    ]
    if not manifest.of_type(SUBSCRIPTION) and (alarms or _endpoints(manifest)):
        number = f"{len(acting)} alarms notify" if acting else "no alarm notifies"
        yield Shortfall(f"{number} a topic, and nobody subscribes to one")
    elif _endpoints(manifest) and not acting:
        yield Shortfall("no alarm has an action")


def without_rollback(manifest: Manifest) -> Iterator[Shortfall]:
    """Endpoints that keep a model that fails."""
    for endpoint in _endpoints(manifest):
        config = _mapping(endpoint.inputs.get("deploymentConfig"))
        rollback = _mapping(config.get("autoRollbackConfiguration"))
        if not rollback.get("alarms"):
            yield Shortfall(f"endpoint {endpoint.name} has no alarm that rolls back", endpoint.urn)


def without_canary(manifest: Manifest) -> Iterator[Shortfall]:
    """Endpoints whose traffic shifts at once."""
    for endpoint in _endpoints(manifest):
        config = _mapping(endpoint.inputs.get("deploymentConfig"))
        routing = _mapping(
            _mapping(config.get("blueGreenUpdatePolicy")).get("trafficRoutingConfiguration")
        )
        if routing.get("type") not in SHIFTING and not config.get("rollingUpdatePolicy"):
            yield Shortfall(f"endpoint {endpoint.name} shifts all traffic at once", endpoint.urn)


def without_registry(manifest: Manifest) -> Iterator[Shortfall]:
    """Endpoints whose models no registry releases."""
    for endpoint in _endpoints(manifest):
        if not _target(endpoint, manifest):
            reason = f"endpoint {endpoint.name} does not release from the model registry"
            yield Shortfall(reason, endpoint.urn)


def without_gates(manifest: Manifest) -> Iterator[Shortfall]:
    """Endpoints that release what nothing has measured."""
    for endpoint in _endpoints(manifest):
        target = _target(endpoint, manifest)
        if target and not _mapping(target.get("gates")).get("metrics"):
            yield Shortfall(f"endpoint {endpoint.name} has no gates with metrics", endpoint.urn)


def waiting_releases(manifest: Manifest) -> Iterator[Shortfall]:
    """Endpoints whose releases wait for a person."""
    for endpoint in _endpoints(manifest):
        gates = _mapping(_target(endpoint, manifest).get("gates"))
        if _mapping(gates.get("sign_off")).get("required"):
            reason = f"a person signs off each release of endpoint {endpoint.name}"
            yield Shortfall(reason, endpoint.urn)


def unwatched(manifest: Manifest) -> Iterator[Shortfall]:
    """Endpoints whose requests nothing checks for drift and quality."""
    watched = {resource.outputs.get("monitor") for resource in manifest.of_type(MONITORING)}
    for endpoint in _endpoints(manifest):
        if endpoint.inputs.get("name") not in watched:
            yield Shortfall(f"no model monitoring watches endpoint {endpoint.name}", endpoint.urn)


def _endpoints(manifest: Manifest) -> tuple[Resource, ...]:
    return manifest.of_type(ENDPOINT.token)


def _component(endpoint: Resource, manifest: Manifest) -> Resource | None:
    parent = manifest.by_urn.get(endpoint.parent or "")
    return parent if parent and parent.type == ENDPOINT_COMPONENT else None


def _target(endpoint: Resource, manifest: Manifest) -> Mapping[str, Any]:
    """How the registry releases to an endpoint; empty where it does not."""
    component = _component(endpoint, manifest)
    return _mapping(component.outputs.get("releaseTarget")) if component else {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
