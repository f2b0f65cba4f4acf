"""SageMaker endpoints: few requests, saturated instances, scaling at its maximum."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.facts import instances
from groundplan.operations.utilization import costs, thresholds
from groundplan.operations.utilization.account import tags_of
from groundplan.operations.utilization.inspection import Inspection, Situation
from groundplan.operations.utilization.metrics import Metric, Summary
from groundplan.operations.utilization.resources import (
    HEALTHY,
    Cost,
    Judgement,
    Kind,
    Resource,
    Setting,
    Verdict,
    not_enough,
    unknown,
)
from groundplan.operations.utilization.scope import team

INVOCATIONS, INSTANCES = "AWS/SageMaker", "/aws/sagemaker/Endpoints"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
MISSING = "the stack exports it, and it is not there"
AT_MAXIMUM = "AlreadyAtMaxCapacity"
"""Application Auto Scaling API Reference, NotScaledReason."""


def listed(situation: Situation) -> Iterator[Resource]:
    """Yields the variants with instances of the environment's endpoints."""
    account, scope = situation.account, situation.scope
    sagemaker = account.client("sagemaker")
    names = {aws_name: key for key, aws_name in scope.endpoints.items()}
    if scope.whole_region:
        entries = account.pages("sagemaker", "list_endpoints", "Endpoints")
        names = {str(entry["EndpointName"]): "" for entry in entries} | names
    if not names:
        return
    limits = _scaling(situation)
    full = _at_maximum(situation)
    for name, key in names.items():
        try:
            endpoint = sagemaker.describe_endpoint(EndpointName=name)
        except ClientError as error:
            if not aws.is_missing(error):
                raise
            yield _missing(name)
            continue
        config = sagemaker.describe_endpoint_config(
            EndpointConfigName=endpoint["EndpointConfigName"]
        )
        tags = tags_of(sagemaker.list_tags(ResourceArn=endpoint["EndpointArn"]))
        for variant, at in _variants(config, key):
            several = at != f"endpoints.{key}"
            if provisioned(variant):
                yield _serverless(endpoint, variant, at, team(tags), several)
            elif variant.get("InstanceType"):
                queued = "AsyncInferenceConfig" in config
                yield _variant(
                    situation, endpoint, variant, at, team(tags), several, queued, limits, full
                )


def _variants(config: Mapping[str, Any], key: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yields the variants, shadows too, with the settings of each; empty for an
    endpoint that the settings do not have."""
    at, variants = f"endpoints.{key}", config["ProductionVariants"]
    for variant in variants:
        own = f"{at}.variants.{variant['VariantName']}"
        yield variant, "" if not key else own if len(variants) > 1 else at
    for variant in config.get("ShadowProductionVariants") or ():
        yield variant, f"{at}.shadow" if key else ""


def _missing(name: str) -> Resource:
    cost = costs.nothing("it is not there")
    return Resource(Kind.ENDPOINT, name, name, cost, facts={"count": None})


def _variant(
    situation: Situation,
    endpoint: Mapping[str, Any],
    variant: Mapping[str, Any],
    key: str,
    owner: str,
    several: bool,
    queued: bool,
    limits: Mapping[str, tuple[int, int]],
    full: Mapping[str, int],
) -> Resource:
    name, variant_name = str(endpoint["EndpointName"]), str(variant["VariantName"])
    resource_id = f"endpoint/{name}/variant/{variant_name}"
    running = next((v for v in _running(endpoint) if v["VariantName"] == variant_name), {})
    count = running.get("CurrentInstanceCount", variant["InitialInstanceCount"])
    type_ = str(variant["InstanceType"])
    return Resource(
        Kind.ENDPOINT,
        resource_id,
        f"{name}, variant {variant_name}" if several else name,
        costs.hours(situation.prices, f"sagemaker-endpoint-hour/{type_}", count, type_)
        if count
        else costs.nothing("scaled to zero"),
        owner,
        # An update begins with new instances, whose metrics begin then.
        endpoint["LastModifiedTime"],
        {
            "endpoint": name,
            "variant": variant_name,
            "count": count,
            "queued": queued,
            "type": type_,
            "key": key,
            "scaling": limits.get(resource_id),
            "at_maximum": full.get(resource_id, 0),
        },
    )


def _running(endpoint: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from endpoint.get("ProductionVariants") or ()
    yield from endpoint.get("ShadowProductionVariants") or ()


def provisioned(variant: Mapping[str, Any]) -> int:
    """Returns the provisioned concurrency of a serverless variant; 0 without one, which
    has no charge while it idles."""
    return int((variant.get("ServerlessConfig") or {}).get("ProvisionedConcurrency") or 0)


def _serverless(
    endpoint: Mapping[str, Any], variant: Mapping[str, Any], key: str, owner: str, several: bool
) -> Resource:
    name, variant_name = str(endpoint["EndpointName"]), str(variant["VariantName"])
    count, memory = provisioned(variant), variant["ServerlessConfig"]["MemorySizeInMB"]
    return Resource(
        Kind.ENDPOINT,
        f"endpoint/{name}/variant/{variant_name}",
        f"{name}, variant {variant_name}" if several else name,
        Cost(None, f"{count} x {memory} MB provisioned: no price of it is known"),
        owner,
        endpoint["LastModifiedTime"],
        {
            "endpoint": name,
            "variant": variant_name,
            "count": count,
            "serverless": True,
            "key": key,
        },
    )


def _scaling(situation: Situation) -> dict[str, tuple[int, int]]:
    """Returns the least and the most instances of all variants that scale."""
    targets = situation.account.pages(
        "application-autoscaling",
        "describe_scalable_targets",
        "ScalableTargets",
        ServiceNamespace="sagemaker",
    )
    return {
        str(target["ResourceId"]): (int(target["MinCapacity"]), int(target["MaxCapacity"]))
        for target in targets
        if target["ScalableDimension"] == DIMENSION
    }


def _at_maximum(situation: Situation) -> dict[str, int]:
    """Returns how often each variant was to scale out in the window and could not, as
    it had its most instances."""
    found: dict[str, int] = {}
    activities = situation.account.pages(
        "application-autoscaling",
        "describe_scaling_activities",
        "ScalingActivities",
        ServiceNamespace="sagemaker",
        IncludeNotScaledActivities=True,
    )
    for activity in activities:
        reasons = {reason["Code"] for reason in activity.get("NotScaledReasons", ())}
        if AT_MAXIMUM in reasons and activity["StartTime"] >= situation.window.start:
            name = str(activity["ResourceId"])
            found[name] = found.get(name, 0) + 1
    return found


def metrics(resource: Resource) -> Sequence[Metric]:
    """Returns requests, then CPU, memory, disk and GPU of a variant."""
    if resource.facts["count"] is None:
        return ()
    dimensions = {
        "EndpointName": resource.facts["endpoint"],
        "VariantName": resource.facts["variant"],
    }
    if "serverless" in resource.facts:
        # SageMaker AI Developer Guide, "Monitor a serverless endpoint".
        name = "ServerlessProvisionedConcurrencyUtilization"
        return [Metric(INVOCATIONS, name, dimensions, "Maximum")]
    instance = instances.find(resource.facts["type"])
    headroom = thresholds.value("headroom")

    def used(name: str, parts: float, limit: float) -> Metric:
        return Metric(INSTANCES, name, dimensions, "Average", limit * parts)

    # The sum of all cores and of all GPUs: 400 % with four (SageMaker AI Developer
    # Guide, "Metrics for monitoring Amazon SageMaker AI with Amazon CloudWatch").
    cores = instance.vcpus if instance else 1
    gpus = instance.accelerator_count if instance and instance.has_gpu else 0
    requests = Metric(INVOCATIONS, "Invocations", dimensions, "Sum")
    if resource.facts["queued"]:
        # SageMaker AI Developer Guide, "Monitor asynchronous endpoint": requests of a
        # queue are no invocations.
        own = {"EndpointName": resource.facts["endpoint"]}
        requests = Metric(INVOCATIONS, "InvocationsProcessed", own, "Sum")
    found = [
        requests,
        used("CPUUtilization", cores, headroom),
        used("MemoryUtilization", 1, headroom),
        used("DiskUtilization", 1, thresholds.value("disk")),
    ]
    if gpus:
        found.append(used("GPUUtilization", gpus, headroom))
        found.append(used("GPUMemoryUtilization", gpus, 100.0))
    return found


def judged(
    resource: Resource, found: Sequence[Summary], situation: Situation
) -> Sequence[Judgement]:
    """Returns whether a variant idles, is too large, or too small."""
    if resource.facts["count"] is None:
        return [unknown(MISSING)]
    if not resource.facts["count"]:
        return [HEALTHY]
    if "serverless" in resource.facts:
        return [_unused(resource, found[0], situation)]
    requests, cpu = found[0], found[1]
    if min(cpu.hours / 24, situation.window.days_since(resource.created)) < thresholds.value(
        "enough-data"
    ):
        reason = (
            f"{cpu.hours} hours of metrics since it was created or updated; judged from "
            f"{thresholds.ENOUGH_HOURS} on"
        )
        return [not_enough(reason)]
    saturated = [*_saturated(resource, found), *_at_its_most(resource)]
    if saturated:
        return saturated
    days = cpu.hours / 24
    daily = requests.total / days / resource.facts["count"]
    if daily < thresholds.value("endpoint-idle"):
        return [_fewer(resource, situation, Verdict.IDLE, _idle_reason(daily, days), 1)]
    return [_large(resource, found, situation)]


def _unused(resource: Resource, used: Summary, situation: Situation) -> Judgement:
    """Returns whether provisioned concurrency idles. Without requests there is no
    data."""
    days = situation.window.days_since(resource.created)
    if days < thresholds.value("enough-data"):
        return not_enough("it was created or updated less than a week ago")
    highest, count = 100 * used.highest, resource.facts["count"]
    if highest >= thresholds.value("concurrency-idle"):
        return HEALTHY
    key = resource.facts["key"]
    return Judgement(
        Verdict.IDLE,
        f"at most {highest:.3g} % of {count} provisioned were used, over {days:.3g} days",
        "provision less, or remove it: requests wait for a cold start then",
        Setting(f"{key}.serverless.provisionedConcurrency", count, "none") if key else None,
        threshold="concurrency-idle",
    )


def _idle_reason(daily: float, days: float) -> str:
    return f"{daily:.3g} requests a day and instance, over {days:.3g} days"


def _saturated(resource: Resource, found: Sequence[Summary]) -> Iterator[Judgement]:
    """Yields what was above its limit for too many hours."""
    names = ("CPU", "memory", "disk", "GPU")
    limits = [metric.limit or 0 for metric in metrics(resource)]
    for place, name in enumerate(names, 1):
        if place >= len(found) or not found[place].hours:
            continue
        share = found[place].share_above()
        if share <= thresholds.value("busy-hours"):
            continue
        threshold = "disk" if name == "disk" else "headroom"
        limit = thresholds.value(threshold)
        highest = found[place].highest * limit / limits[place]
        reason = f"{name} above {limit:g} % in {share:.3g} % of the hours, up to {highest:.3g} %"
        if name in ("CPU", "GPU"):
            yield _more(resource, reason)
        else:
            advice = "use an instance type with more memory" if name == "memory" else ""
            yield Judgement(
                Verdict.TOO_SMALL,
                reason,
                advice or "set volumeSizeGb larger, or write less to the disk",
                threshold=threshold,
            )


def _at_its_most(resource: Resource) -> Iterator[Judgement]:
    times = resource.facts["at_maximum"]
    if times:
        most = resource.facts["scaling"][1] if resource.facts["scaling"] else 0
        reason = f"was to scale out {times} times, and had its most instances, {most}"
        yield _more(resource, reason)


def _more(resource: Resource, reason: str) -> Judgement:
    key, scaling = resource.facts["key"], resource.facts["scaling"]
    setting = None
    if key and scaling:
        setting = Setting(f"{key}.scaling.maxInstances", scaling[1], scaling[1] + 1)
    elif key:
        count = resource.facts["count"]
        setting = Setting(f"{key}.instanceCount", count, count + 1)
    return Judgement(
        Verdict.TOO_SMALL, reason, "add an instance, or use a larger type", setting,
        threshold="headroom",
    )  # fmt: skip


def _large(resource: Resource, found: Sequence[Summary], situation: Situation) -> Judgement:
    """Returns whether fewer instances would do, by the busiest hour."""
    busiest = 0.0
    headroom = thresholds.value("headroom")
    for place, metric in enumerate(metrics(resource)):
        if metric.name in ("CPUUtilization", "GPUUtilization"):
            busiest = max(busiest, found[place].highest * headroom / (metric.limit or 1))
    if busiest >= thresholds.value("endpoint-busiest-hour"):
        return HEALTHY
    count = resource.facts["count"]
    needed = max(1, math.ceil(count * busiest / (2 * thresholds.value("endpoint-busiest-hour"))))
    if needed >= count or count <= situation.scope.minimum_instances:
        return HEALTHY
    reason = f"its busiest hour used {busiest:.3g} % of CPU and GPU"
    return _fewer(resource, situation, Verdict.TOO_LARGE, reason, needed)


def _fewer(
    resource: Resource, situation: Situation, verdict: Verdict, reason: str, needed: int
) -> Judgement:
    """Returns the advice to use fewer instances, not fewer than the least that the
    environment wants."""
    count, key = resource.facts["count"], resource.facts["key"]
    least = situation.scope.minimum_instances
    after = max(needed, least)
    threshold = "endpoint-idle" if verdict is Verdict.IDLE else "endpoint-busiest-hour"
    if after >= count:
        advice = "delete it if nobody needs it"
        if count > 1:
            advice = (
                f"{count} instances are the least that survive the loss of one: delete the "
                "endpoint if nobody needs it, or serve the model by a serverless one"
            )
        saving = resource.cost.usd if verdict is Verdict.IDLE else None
        return Judgement(verdict, reason, advice, None, saving, threshold)
    setting = None
    if key:
        scales = resource.facts["scaling"]
        name = "scaling.minInstances" if scales else "instanceCount"
        before = scales[0] if scales else count
        setting = Setting(f"{key}.{name}", before, after) if before > after else None
    advice = f"use {after} of {count} instances"
    if after > needed:
        advice += f": {least} survive the loss of one"
    elif verdict is Verdict.IDLE:
        advice += ", or delete it if nobody needs it"
    saving = costs.share(resource.cost, (count - after) / count)
    return Judgement(verdict, reason, advice, setting, saving, threshold)


INSPECTION = Inspection(Kind.ENDPOINT, listed, metrics, judged)
