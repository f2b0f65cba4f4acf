"""The release target of an endpoint: what a driver needs to release a version of the
registry, and what it may do in the endpoint's namespace."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_kubernetes import rbac

from groundplan import iam
from groundplan.release.cluster.target import KIND
from groundplan.serving.kubernetes_endpoint import alerts
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from groundplan.serving.kubernetes_endpoint.spec import EndpointSpec


def role_name(spec: EndpointSpec) -> str:
    """Returns the name of the Role that allows releases."""
    return f"{spec.name}-release"


def rules(spec: EndpointSpec) -> list[dict[str, Any]]:
    """Returns what releases need: to read and change the objects of this endpoint that
    name its model, and no others."""
    if spec.engine is EndpointEngine.KSERVE:
        return [
            _rule("serving.kserve.io", "inferenceservices", [spec.name], ["get", "patch"]),
            _rule("apps", "deployments", [spec.main_service], ["get"]),
        ]
    works = [work for work in (spec.stable, spec.candidate) if work is not None]
    return [_rule("apps", "deployments", [work.name for work in works], ["get", "patch"])]


def of(spec: EndpointSpec, role: rbac.v1.Role | None) -> pulumi.Output[Mapping[str, Any]]:
    """Returns the release target; empty where the program releases models."""
    release = spec.release
    if release is None or role is None:
        nothing: Mapping[str, Any] = {}
        return pulumi.Output.from_input(nothing)
    store, bucket = spec.stable.object_store, spec.artifacts
    region: pulumi.Input[str] = store.region if store else ""
    if bucket is not None:
        region = iam.region(pulumi.InvokeOptions(parent=role))
    target: Mapping[str, Any] = {
        "endpoint": spec.name,
        "kind": KIND,
        "engine": spec.engine.value,
        "namespace": spec.namespace,
        "deployment": spec.main_service,
        # So that who binds it waits for it.
        "role": role.metadata["name"],
        "bucket": bucket.bucket_name if bucket else store and store.bucket_name,
        "region": region,
        "store": store.endpoint_url if store else "",
        "kms_key_arn": bucket.kms_key_arn if bucket else "",
        "models": release.models,
        "archive": release.archive,
        "canary_percent": release.percent,
        "bake_minutes": release.bake_minutes,
        "prometheus_url": release.prometheus_url,
        "alerts": [rule.name for rule in alerts.health(spec)],
        "gates": dict(release.gates),
    }
    return pulumi.Output.from_input(target)


def _rule(group: str, resource: str, names: list[str], verbs: list[str]) -> dict[str, Any]:
    return {
        "apiGroups": [group],
        "resources": [resource],
        "resourceNames": names,
        "verbs": verbs,
    }
