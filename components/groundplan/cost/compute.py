"""Compute: EC2 instances, node groups, auto-scaling groups, EKS clusters, Lambda
functions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from groundplan.catalog.aws.ec2 import LAUNCH_TEMPLATE
from groundplan.cost import reservations
from groundplan.cost.assumptions import amount_text
from groundplan.cost.estimation import (
    Charge,
    Context,
    Estimator,
    Free,
    Span,
    Unknown,
    is_true,
    mapping,
    mappings,
    number,
)
from groundplan.cost.volumes import disks
from groundplan.manifest.model import Resource

ONE = Span.exactly(1)

NODE_TYPE, NODE_DISK_GB = "t3.medium", 20
"""What a managed node group has by default (EKS API, CreateNodegroup:
instanceTypes, diskSize)."""


def instance(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """An EC2 instance: its hours, its disks, its public address."""
    template = _template(resource, ctx)
    kind = resource.inputs.get("instanceType") or (template and template.inputs.get("instanceType"))
    if resource.inputs.get("tenancy") in (None, "default"):
        yield from machines(ctx, [kind], ONE, bool(resource.inputs.get("instanceMarketOptions")))
    else:
        yield Unknown("no price for dedicated hardware")
    root = mapping(resource.inputs.get("rootBlockDevice"))
    devices = _template_disks(template) if not root else []
    if not devices:
        devices = [
            {**root, "volumeSize": root.get("volumeSize") or ctx.assume("root_volume_gb", resource)}
        ]
    for device in [*devices, *mappings(resource.inputs.get("ebsBlockDevices"))]:
        yield from disks(ctx, device, ONE)
    if is_true(resource.inputs.get("associatePublicIpAddress")):
        yield ctx.hours("public-ipv4-hour", 1, "public address")


def node_group(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A managed node group: at its desired size, from its least to its most."""
    count = _size(
        mapping(resource.inputs.get("scalingConfig")), "minSize", "desiredSize", "maxSize"
    )
    if count is None:
        yield Unknown("its size isn't known")
        return
    ctx.note(
        "node groups",
        "at their desired size, so a pool at zero costs nothing until it scales; the range is "
        "what it may",
    )
    count = ctx.working(count, resource)
    template = _template(resource, ctx)
    named = bool(resource.inputs.get("launchTemplate"))
    kinds = resource.inputs.get("instanceTypes") or (
        template and [template.inputs.get("instanceType")]
    )
    if kinds in (None, [None]) and (template or not named):
        kinds = [NODE_TYPE]
    if "WINDOWS" in str(resource.inputs.get("amiType")):
        yield Unknown("no price for nodes with Windows")
    elif resource.inputs.get("capacityType") == "CAPACITY_BLOCK":
        yield Unknown("capacity blocks are paid when they are booked")
    else:
        yield from _occupied(ctx, template) or machines(
            ctx, kinds, count, resource.inputs.get("capacityType") == "SPOT"
        )
    if named and template is None:
        yield Unknown("its launch template, and so its disks, are not in the plan")
        return
    devices = _template_disks(template)
    for device in devices or [
        {"volumeSize": resource.inputs.get("diskSize") or NODE_DISK_GB, "volumeType": "gp3"}
    ]:
        yield from disks(ctx, device, count)


def scaling_group(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """An EC2 auto-scaling group of one instance type."""
    count = _size(resource.inputs, "minSize", "desiredCapacity", "maxSize")
    template = _template(resource, ctx)
    if count is None or template is None or resource.inputs.get("mixedInstancesPolicy"):
        yield Unknown("its size, or what its instances are, isn't known")
        return
    count = ctx.working(count, resource)
    yield from _occupied(ctx, template) or machines(
        ctx,
        [template.inputs.get("instanceType")],
        count,
        bool(template.inputs.get("instanceMarketOptions")),
    )
    devices = _template_disks(template)
    for device in devices or [
        {"volumeSize": ctx.assume("root_volume_gb", resource), "volumeType": "gp3"}
    ]:
        yield from disks(ctx, device, count)


def cluster(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """An EKS control plane. One that may enter extended support costs six times as much
    from then on."""
    policy = mapping(resource.inputs.get("upgradePolicy")).get("supportType")
    standard, extended = (
        ctx.prices.find("eks-cluster-hour"),
        ctx.prices.find("eks-cluster-extended-support-hour"),
    )
    if policy == "STANDARD" or standard is None or extended is None:
        yield ctx.hours("eks-cluster-hour", 1, "control plane")
    else:
        ctx.note(
            "kubernetes version",
            "in standard support; the most is a control plane in extended support",
        )
        ctx.dates.add(extended.date)
        yield ctx.hours(
            "eks-cluster-hour", Span(1, 1, extended.usd / standard.usd), "control plane"
        )
    if is_true(mapping(resource.inputs.get("computeConfig")).get("enabled")):
        yield Unknown("no price for what EKS Auto Mode adds to the price of its instances")
    if mapping(resource.inputs.get("controlPlaneScalingConfig")).get("tier") not in (
        None,
        "standard",
    ):
        yield Unknown("no price for a provisioned control plane")


def addon(resource: Resource, _ctx: Context) -> Iterator[Charge]:
    """AWS's own add-ons are free; those of the AWS Marketplace are called
    `<seller>_<product>`."""
    name = str(resource.inputs.get("addonName"))
    yield (
        Unknown(f"no price for {name}, which other vendors sell")
        if "_" in name
        else Free("it runs on the cluster's nodes")
    )


def function(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A Lambda function: calls, and memory for as long as they take."""
    calls = ctx.assume("function_requests", resource)
    memory = number(resource.inputs.get("memorySize", 128))
    arm = "arm64" in (resource.inputs.get("architectures") or [])
    yield ctx.charge("lambda-request", calls, f"{amount_text(calls)} calls")
    if memory is None:
        yield Unknown("its memory isn't known")
        return
    used = calls * ctx.assume("function_seconds", resource) * memory / 1024
    yield ctx.charge(
        f"lambda-{'arm64-' if arm else ''}gb-second", used, f"{amount_text(used)} GB and seconds"
    )


def machines(ctx: Context, kinds: Any, count: Span, spot: bool) -> Iterator[Charge]:
    """`count` EC2 instances of one of `kinds`, the first expected."""
    known = [kind for kind in kinds or [] if isinstance(kind, str) and "${" not in kind]
    if not known or len(known) < len(kinds):
        yield Unknown("its instance type isn't known")
        return
    hours = [ctx.prices.ec2_hour(kind) for kind in known]
    words = f"{count} x {' or '.join(known)}, {'spot' if spot else 'on demand'}"
    missing = [kind for kind, price in zip(known, hours, strict=True) if price is None]
    if missing:
        yield ctx.missing(", ".join(missing))
        return
    ctx.note("operating system", "Linux")
    usd = [price.usd for price in hours if price]
    first = next(price for price in hours if price)
    scaled = replace(count, low=count.low * min(usd) / usd[0], high=count.high * max(usd) / usd[0])
    yield ctx.always_on(first, ctx.spot(scaled) if spot else scaled, words)


def _occupied(ctx: Context, template: Resource | None) -> list[Charge]:
    """Returns the charge for the instances of a template that run in a reservation;
    none where they don't."""
    path = "capacityReservationSpecification"
    settings = mapping(template.inputs.get(path)) if template else {}
    target = mapping(settings.get("capacityReservationTarget"))
    named = target.get("capacityReservationId") or target.get("capacityReservationResourceGroupArn")
    if template is None or not (
        named or settings.get("capacityReservationPreference") == "capacity-reservations-only"
    ):
        return []
    return [reservations.occupied(ctx, template, path, named)]


def _size(settings: Mapping[str, Any], low: str, expected: str, high: str) -> Span | None:
    least, desired, most = (number(settings.get(key)) for key in (low, expected, high))
    wanted = desired if desired is not None else least
    if wanted is None:
        return None
    return Span.around(wanted if least is None else least, wanted, wanted if most is None else most)


def _template(resource: Resource, ctx: Context) -> Resource | None:
    settings = mapping(resource.inputs.get("launchTemplate"))
    return (
        ctx.referenced(
            resource,
            "launchTemplate",
            LAUNCH_TEMPLATE.token,
            settings.get("id") or settings.get("name"),
        )
        if settings
        else None
    )


def _template_disks(template: Resource | None) -> Sequence[Mapping[str, Any]]:
    devices = mappings(template.inputs.get("blockDeviceMappings")) if template else []
    return [mapping(device["ebs"]) for device in devices if device.get("ebs")]


ESTIMATORS: Mapping[str, Estimator] = {
    "autoscaling-group": scaling_group,
    "ec2-instance": instance,
    "eks-addon": addon,
    "eks-cluster": cluster,
    "eks-node-group": node_group,
    "lambda-function": function,
}
