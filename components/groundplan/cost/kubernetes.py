"""Kubernetes objects beyond the nodes they run on: the volumes they claim, the load
balancers they request."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.catalog.resource_type import ON_NODES
from groundplan.cost.estimation import (
    Charge,
    Context,
    Estimator,
    Free,
    Unknown,
    is_true,
    mapping,
    mappings,
    number,
)
from groundplan.manifest.model import Resource

GIB = {
    "Ki": 2**-20,
    "Mi": 2**-10,
    "Gi": 1.0,
    "Ti": 1024.0,
    "K": 1e3 / 2**30,
    "M": 1e6 / 2**30,
    "G": 1e9 / 2**30,
    "T": 1e12 / 2**30,
}
"""Suffix of a Kubernetes quantity -> GiB."""


def gib(quantity: Any) -> float | None:
    """A Kubernetes quantity of bytes in GiB: `10Gi` is 10; `None` for what isn't one.
    EBS counts a GiB as a GB."""
    match = re.fullmatch(r"([0-9.]+)([KMGT]i?)?", str(quantity))
    amount = number(match[1]) if match else None
    return (
        None
        if match is None or amount is None
        else amount * GIB[match[2]]
        if match[2]
        else amount / 2**30
    )


def release(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A Helm release: the volumes and load balancers that its values request."""
    charges = list(_charges(mapping(resource.inputs.get("values")), "", ctx))
    yield from charges or [Free(ON_NODES.reason)]


def _charges(values: Mapping[str, Any], path: str, ctx: Context) -> Iterator[Charge]:
    """Yields the charges of values, as most charts spell them: `volumeClaimTemplate`
    with `replicas` above, `persistence`, `service`."""
    replicas = number(values.get("replicas", 1)) or 1
    for key, value in sorted(values.items()):
        inner, where = mapping(value), f"{path}.{key}" if path else key
        if key == "persistence" and is_true(inner.get("enabled")):
            yield _claims(inner.get("size"), replicas, path or key, ctx)
        elif key == "service" and inner.get("type") == "LoadBalancer":
            yield Unknown(f"the load balancer of {path or 'its service'} is created by the cluster")
        claim = mapping(inner.get("volumeClaimTemplate"))
        if claim:
            size = mapping(
                mapping(mapping(claim.get("spec")).get("resources")).get("requests")
            ).get("storage")
            yield _claims(size, replicas, path or key, ctx)
        else:
            yield from _charges(inner, where, ctx)


def claim(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A claim of a volume. One for an existing volume creates none."""
    spec = mapping(resource.inputs.get("spec"))
    if spec.get("volumeName") or spec.get("storageClassName") == "":
        yield Free("its volume exists already")
        return
    yield _claims(_requested(resource.inputs), 1, "", ctx)


def stateful_set(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A volume for each replica and claim template."""
    spec = mapping(resource.inputs.get("spec"))
    templates = mappings(spec.get("volumeClaimTemplates"))
    replicas = number(spec.get("replicas", 1))
    if not templates:
        yield Free(ON_NODES.reason)
    elif replicas is None:
        yield Unknown("its replicas, and so its volumes, aren't known")
    for template in templates if replicas is not None else []:
        yield _claims(_requested(template), replicas or 0, "", ctx)


def service(resource: Resource, _ctx: Context) -> Iterator[Charge]:
    """A service; one of the type LoadBalancer creates a load balancer that the plan
    doesn't have."""
    if mapping(resource.inputs.get("spec")).get("type") == "LoadBalancer":
        yield Unknown("its load balancer is created by the cluster")
    else:
        yield Free(ON_NODES.reason)


def ingress(resource: Resource, _ctx: Context) -> Iterator[Charge]:
    """An ingress; the class alb creates a load balancer that the plan doesn't have."""
    annotations = mapping(mapping(resource.inputs.get("metadata")).get("annotations"))
    kind = mapping(resource.inputs.get("spec")).get("ingressClassName") or annotations.get(
        "kubernetes.io/ingress.class"
    )
    yield (
        Unknown("its load balancer is created by the cluster")
        if kind == "alb"
        else Free(ON_NODES.reason)
    )


def gateway(_resource: Resource, _ctx: Context) -> Iterator[Charge]:
    """A gateway; whether it gets a load balancer, its class decides."""
    yield Unknown("a load balancer, if its class has one, is created by the cluster")


def _requested(claim: Mapping[str, Any]) -> Any:
    return mapping(mapping(mapping(claim.get("spec")).get("resources")).get("requests")).get(
        "storage"
    )


def _claims(size: Any, count: float, of: str, ctx: Context) -> Charge:
    amount = gib(size)
    owner = f" of {of}" if of else ""
    if amount is None:
        return Unknown(f"the size of a volume{owner} isn't known")
    ctx.note("volumes of pods", "gp3")
    return ctx.charge("ebs-gp3-gb-month", count * amount, f"{count:g} x {amount:g} GB gp3{owner}")


ESTIMATORS: Mapping[str, Estimator] = {
    "stateful-set": stateful_set,
    "volume-claim": claim,
    "kubernetes-service": service,
    "kubernetes-gateway": gateway,
    "helm-release": release,
    "kubernetes-ingress": ingress,
}
