"""Services with less capacity, and restarts: fewer instances, lower maximums, disabled
keys and functions."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan import catalog
from groundplan.risk.context import ChangeContext, at, flag, number, objects
from groundplan.risk.downtime import DOWNTIME
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import change_text, count

COUNTS = {
    "dynamodb.Table": (
        ("readCapacity", "read capacity unit"),
        ("writeCapacity", "write capacity unit"),
    ),
    "ecs.Service": (("desiredCount", "task"),),
    "elasticache.Cluster": (("numCacheNodes", "node"),),
    "elasticache.ReplicationGroup": (
        ("numCacheClusters", "node"),
        ("numNodeGroups", "shard"),
        ("replicasPerNodeGroup", "replica in each shard"),
    ),
    "emr.Cluster": (("coreInstanceGroup.instanceCount", "core node"),),
    "emr.InstanceGroup": (("instanceCount", "node"),),
    "emr.InstanceFleet": (
        ("targetOnDemandCapacity", "unit on demand"),
        ("targetSpotCapacity", "unit of spot capacity"),
    ),
    "emr.ManagedScalingPolicy": (("computeLimits.maximumCapacityUnits", "unit at most"),),
    "kinesis.Stream": (("shardCount", "shard"),),
    "kubernetes.Deployment": (("spec.replicas", "pod"),),
    "kubernetes.HorizontalPodAutoscaler": (("spec.maxReplicas", "pod at most"),),
    "kubernetes.ScaledObject": (("spec.maxReplicaCount", "pod at most"),),
    "kubernetes.StatefulSet": (("spec.replicas", "pod"),),
    "lambda.ProvisionedConcurrencyConfig": (
        ("provisionedConcurrentExecutions", "provisioned execution"),
    ),
    "memorydb.Cluster": (
        ("numShards", "shard"),
        ("numReplicasPerShard", "replica in each shard"),
    ),
    "msk.Cluster": (("numberOfBrokerNodes", "broker"),),
    "opensearch.Domain": (("clusterConfig.instanceCount", "node"),),
    "redshift.Cluster": (("numberOfNodes", "node"),),
}
"""Type -> the inputs with the number of what carries the load, and its name."""


def fewer(context: ChangeContext) -> Iterator[Risk]:
    """Fewer tasks, pods, nodes or shards than before."""
    if not (context.old and context.new):
        return
    for path, unit in COUNTS.get(context.type, ()):
        then, now = (number(value) for value in context.values(path))
        if then is not None and now is not None and now < then:
            because = context.change_text(path)
            yield _fewer(context, context.subject, then, now, unit, because)


def fewer_instances(context: ChangeContext) -> Iterator[Risk]:
    """Fewer instances behind an endpoint's variant than before."""
    if context.type != "sagemaker.EndpointConfiguration" or not (context.old and context.new):
        return
    before = {_variant(v): v for v in objects(context.old.get("productionVariants"))}
    after = {_variant(v) for v in objects(context.new.get("productionVariants"))}
    for name in before.keys() - after if len(after) < len(before) else ():
        words = f"{context.subject} no longer has the variant {name}: the others serve its part."
        because = f"- productionVariants[{name}]"
        yield context.risk(Level.LOW, DOWNTIME, words, because)
    for variant in objects(context.new.get("productionVariants")):
        then = number(at(before.get(_variant(variant), {}), "initialInstanceCount"))
        now = number(at(variant, "initialInstanceCount"))
        if then is not None and now is not None and now < then:
            name = _variant(variant)
            because = change_text(f"productionVariants[{name}].initialInstanceCount", then, now)
            yield _fewer(
                context,
                (f"the variant {name} of {context.subject}"),
                then,
                now,
                "instance",
                because,
            )


def less_memory(context: ChangeContext) -> Iterator[Risk]:
    """A function with less memory, and less of a processor with it; a call that goes to
    an older version of it."""
    for type_, path in (("lambda.Function", "memorySize"), ("lambda.Alias", "functionVersion")):
        if context.type != type_ or not (context.old and context.new):
            continue
        then, now = (number(value) for value in context.values(path))
        if then is not None and now is not None and now < then:
            what = (
                f"has {count(now)} MB of memory in place of {count(then)}, and less processor"
                if path == "memorySize"
                else f"leads to the version {count(now)}, which is older than {count(then)}"
            )
            words = f"{context.subject} {what}."
            yield context.risk(Level.LOW, DOWNTIME, words, context.change_text(path))


def fewer_workers(context: ChangeContext) -> Iterator[Risk]:
    """Fewer workers of a Ray cluster than before."""
    if not context.type.startswith("kubernetes.Ray") or not (context.old and context.new):
        return
    for path in ("spec.workerGroupSpecs", "spec.rayClusterSpec.workerGroupSpecs"):
        groups = [
            {str(group.get("groupName")): group for group in objects(at(side, path))}
            for side in (context.old, context.new)
        ]
        for name, group in groups[1].items():
            sizes = [groups[0].get(name, {}), group]
            for size in ("maxReplicas", "replicas"):
                then, now = (number(side.get(size)) for side in sizes)
                if then is not None and now is not None and now < then:
                    subject = f"the worker group {name} of {context.subject}"
                    because = change_text(f"{path}[{name}].{size}", then, now)
                    yield _fewer(context, subject, then, now, "worker", because)
                    break


def serverless(context: ChangeContext) -> Iterator[Risk]:
    """Less concurrency, or less provisioned concurrency, of a serverless variant."""
    if context.type != "sagemaker.EndpointConfiguration" or not (context.old and context.new):
        return
    before = {_variant(v): v for v in objects(context.old.get("productionVariants"))}
    for variant in objects(context.new.get("productionVariants")):
        name = _variant(variant)
        most = [
            number(at(side, "serverlessConfig.maxConcurrency"))
            for side in (before.get(name, {}), variant)
        ]
        warm = [
            number(at(side, "serverlessConfig.provisionedConcurrency"))
            for side in (before.get(name, {}), variant)
        ]
        because = f"productionVariants[{name}].serverlessConfig"
        if most[0] is not None and most[1] is not None and most[1] < most[0]:
            words = (
                f"the variant {name} of {context.subject} serves {count(most[1])} concurrent "
                f"requests in place of {count(most[0])}"
            )
            because_text = change_text(f"{because}.maxConcurrency", *most)
            yield context.risk(Level.MEDIUM, DOWNTIME, f"{words}; more are refused.", because_text)
        if warm[0] and most[1] is not None and (warm[1] or 0) < warm[0]:
            words = (
                f"the variant {name} of {context.subject} has less provisioned concurrency: more "
                "requests wait for a cold start."
            )
            yield context.risk(
                Level.LOW, DOWNTIME, words, change_text(f"{because}.provisionedConcurrency", *warm)
            )


def _fewer(
    context: ChangeContext, subject: str, then: float, now: float, unit: str, because: str
) -> Risk:
    if now == 0:
        whole = unit in ("task", "pod", "instance", "node", "pod at most")
        stops = ": it is stopped" if whole else ""
        return context.risk(
            Level.HIGH if whole else Level.MEDIUM,
            DOWNTIME,
            f"{subject} runs with no {plural_of(unit)} any more{stops}.",
            because,
        )
    plural = unit if now == 1 else plural_of(unit)
    words = (
        f"{subject} runs with {count(now)} {plural} in place of {count(then)}: each carries more "
        "of the load."
    )
    return context.risk(Level.MEDIUM, DOWNTIME, words, because)


def plural_of(unit: str) -> str:
    """`pods`, `pods at most`, `replicas in each shard`."""
    noun, _, rest = unit.partition(" at ") if " at " in unit else unit.partition(" in ")
    joint = " at " if " at " in unit else " in "
    return f"{noun}s{joint}{rest}" if rest else f"{noun}s"


def lower_ceiling(context: ChangeContext) -> Iterator[Risk]:
    """Autoscaling with a lower maximum, or a minimum of zero."""
    if context.type != "appautoscaling.Target" or not (context.old and context.new):
        return
    then, now = (number(value) for value in context.values("maxCapacity"))
    if then is not None and now is not None and now < then:
        running = _running(context)
        words = f"{context.subject} may grow to {count(now)} in place of {count(then)}"
        if running is not None and now < running:
            words += f", which is less than the {count(running)} that run now"
        level = Level.MEDIUM if running is not None and now < running else Level.LOW
        yield context.risk(level, DOWNTIME, f"{words}.", context.change_text("maxCapacity"))
    then, now = (number(value) for value in context.values("minCapacity"))
    if then and now == 0:
        words = (
            f"{context.subject} may shrink to nothing: the first request after a pause waits "
            "until one has started."
        )
        yield context.risk(Level.LOW, DOWNTIME, words, context.change_text("minCapacity"))


def _running(context: ChangeContext) -> float | None:
    """Returns the initial count, in the program, of the scaled endpoint or service."""
    scaled = str(context.old.get("resourceId", "")).split("/")
    for resource in context.plan.resources_before:
        if (
            catalog.key(resource.type) == "sagemaker.EndpointConfiguration"
            and scaled[0] == "endpoint"
        ):
            users = context.plan.graph_before.dependents(resource.urn)
            if any(
                user.type.endswith(":Endpoint") and str(user.inputs.get("name")) in scaled
                for user in users
            ):
                variants = [
                    v
                    for v in objects(resource.inputs.get("productionVariants"))
                    if _variant(v) == scaled[-1]
                ]
                return number(at(variants[0], "initialInstanceCount")) if variants else None
        named = str(resource.inputs.get("name")) == scaled[-1] and scaled[0] == "service"
        if named and catalog.key(resource.type) == "ecs.Service":
            return number(resource.inputs.get("desiredCount"))
    return None


def disabled(context: ChangeContext) -> Iterator[Risk]:
    """A disabled key, a function with less concurrency or none."""
    if not (context.old and context.new):
        return
    if context.type == "kms.Key":
        for path in ("isEnabled", "enabled"):
            if context.changed(path) and flag(at(context.new, path)) is False:
                words = (
                    f"{context.subject} is disabled: nothing that is encrypted with it can be "
                    "read until it is enabled again."
                )
                yield context.risk(Level.HIGH, DOWNTIME, words, context.change_text(path))
    if context.type == "lambda.Function" and context.changed("reservedConcurrentExecutions"):
        then, now = (number(value) for value in context.values("reservedConcurrentExecutions"))
        if now == 0:
            words = f"{context.subject} is disabled: no call of it runs any more."
            yield context.risk(
                Level.HIGH, DOWNTIME, words, context.change_text("reservedConcurrentExecutions")
            )
        elif now is not None and now >= 0 and then is not None and now < then:
            words = (
                f"{context.subject} has a concurrency of {count(now)} in place of {count(then)}; "
                "calls beyond that are throttled."
            )
            yield context.risk(
                Level.MEDIUM, DOWNTIME, words, context.change_text("reservedConcurrentExecutions")
            )


def recreate_strategy(context: ChangeContext) -> Iterator[Risk]:
    """A deployment that stops all its pods before it starts new ones."""
    path = "spec.strategy.type"
    turned = context.type == "kubernetes.Deployment" and context.old and context.changed(path)
    if turned and at(context.new, path) == "Recreate":
        words = (
            f"{context.subject} now stops all its pods before it starts new ones, with each change."
        )
        yield context.risk(Level.MEDIUM, DOWNTIME, words, context.change_text(path))


def _variant(variant: Mapping[str, Any]) -> str:
    return str(variant.get("variantName") or "AllTraffic")
