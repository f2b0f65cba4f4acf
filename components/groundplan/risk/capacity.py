"""Services that would be short of capacity, or restarted: fewer instances, lower
ceilings, keys and functions switched off."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.diff.changes import ABSENT
from groundplan.risk import types
from groundplan.risk.context import Case, at, flag, number, objects
from groundplan.risk.downtime import DOWNTIME
from groundplan.risk.risk import Danger, Level
from groundplan.risk.wording import count, moved

COUNTS = {
    "ecs.Service": ("desiredCount", "task"),
    "kubernetes.Deployment": ("spec.replicas", "pod"),
    "kubernetes.StatefulSet": ("spec.replicas", "pod"),
}
"""Type -> the input with the number of what carries the load, and what that is."""


def fewer(case: Case) -> Iterator[Danger]:
    """Fewer tasks or pods than before."""
    path, unit = COUNTS.get(case.type, ("", ""))
    if not path or not (case.old and case.new):
        return
    then, now = (number(value) for value in case.both(path))
    if then is not None and now is not None and now < then:
        yield _fewer(case, case.told, then, now, unit, case.moved(path))


def fewer_instances(case: Case) -> Iterator[Danger]:
    """Fewer instances behind an endpoint's variant than before."""
    if case.type != "sagemaker.EndpointConfiguration" or not (case.old and case.new):
        return
    before = {_variant(v): v for v in objects(case.old.get("productionVariants"))}
    for variant in objects(case.new.get("productionVariants")):
        then = number(at(before.get(_variant(variant), {}), "initialInstanceCount"))
        now = number(at(variant, "initialInstanceCount"))
        if then is not None and now is not None and now < then:
            name = _variant(variant)
            because = moved(f"productionVariants[{name}].initialInstanceCount", then, now)
            yield _fewer(case, f"the variant {name} of {case.told}", then, now, "instance", because)


def serverless(case: Case) -> Iterator[Danger]:
    """Fewer requests at once to a serverless variant than before, or fewer that find it
    warm."""
    if case.type != "sagemaker.EndpointConfiguration" or not (case.old and case.new):
        return
    before = {_variant(v): v for v in objects(case.old.get("productionVariants"))}
    for variant in objects(case.new.get("productionVariants")):
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
            words = f"the variant {name} of {case.told} takes {count(most[1])} requests at once in place of {count(most[0])}"
            told = moved(f"{because}.maxConcurrency", *most)
            yield case.danger(Level.MEDIUM, DOWNTIME, f"{words}; more are refused.", told)
        if warm[0] and most[1] is not None and (warm[1] or 0) < warm[0]:
            words = f"the variant {name} of {case.told} keeps less capacity warm: more requests wait for a cold start."
            yield case.danger(
                Level.LOW, DOWNTIME, words, moved(f"{because}.provisionedConcurrency", *warm)
            )


def _fewer(case: Case, subject: str, then: float, now: float, unit: str, because: str) -> Danger:
    if now == 0:
        return case.danger(
            Level.HIGH,
            DOWNTIME,
            f"{subject} runs with no {unit}s any more: it is switched off.",
            because,
        )
    plural = unit if now == 1 else f"{unit}s"
    words = f"{subject} runs with {count(now)} {plural} in place of {count(then)}: each carries more of the load."
    return case.danger(Level.MEDIUM, DOWNTIME, words, because)


def lower_ceiling(case: Case) -> Iterator[Danger]:
    """Autoscaling that may grow less, or shrink to nothing."""
    if case.type != "appautoscaling.Target" or not (case.old and case.new):
        return
    then, now = (number(value) for value in case.both("maxCapacity"))
    if then is not None and now is not None and now < then:
        running = _running(case)
        words = f"{case.told} may grow to {count(now)} in place of {count(then)}"
        if running is not None and now < running:
            words += f", which is less than the {count(running)} that run now"
        level = Level.MEDIUM if running is not None and now < running else Level.LOW
        yield case.danger(level, DOWNTIME, f"{words}.", case.moved("maxCapacity"))
    then, now = (number(value) for value in case.both("minCapacity"))
    if then and now == 0:
        words = f"{case.told} may shrink to nothing: the first request after a pause waits until one has started."
        yield case.danger(Level.LOW, DOWNTIME, words, case.moved("minCapacity"))


def _running(case: Case) -> float | None:
    """How many run now, by the program: what the endpoint or the service that is scaled
    was told to start with."""
    scaled = str(case.old.get("resourceId", "")).split("/")
    for resource in case.plan.then:
        if (
            types.kind(resource.type) == "sagemaker.EndpointConfiguration"
            and scaled[0] == "endpoint"
        ):
            users = case.plan.graph_then.dependents(resource.urn)
            if any(
                user.type.endswith(":Endpoint") and str(user.inputs.get("name")) in scaled
                for user in users
            ):
                found = [
                    v
                    for v in objects(resource.inputs.get("productionVariants"))
                    if _variant(v) == scaled[-1]
                ]
                return number(at(found[0], "initialInstanceCount")) if found else None
        named = str(resource.inputs.get("name")) == scaled[-1] and scaled[0] == "service"
        if named and types.kind(resource.type) == "ecs.Service":
            return number(resource.inputs.get("desiredCount"))
    return None


def switched_off(case: Case) -> Iterator[Danger]:
    """A key that is disabled, a function that may no longer run."""
    if not (case.old and case.new):
        return
    if case.type == "kms.Key":
        for path in ("isEnabled", "enabled"):
            if case.changed(path) and flag(at(case.new, path)) is False:
                words = f"{case.told} is switched off: nothing that is encrypted with it can be read until it is on again."
                yield case.danger(Level.HIGH, DOWNTIME, words, case.moved(path))
    if case.type == "lambda.Function" and case.changed("reservedConcurrentExecutions"):
        then, now = (number(value) for value in case.both("reservedConcurrentExecutions"))
        if now == 0:
            words = f"{case.told} is switched off: no call of it runs any more."
            yield case.danger(
                Level.HIGH, DOWNTIME, words, case.moved("reservedConcurrentExecutions")
            )
        elif now is not None and now >= 0 and then is not None and now < then:
            words = f"{case.told} may run {count(now)} times at once in place of {count(then)}; calls beyond that are refused."
            yield case.danger(
                Level.MEDIUM, DOWNTIME, words, case.moved("reservedConcurrentExecutions")
            )


RESTARTS = {
    "rds.Instance": (
        "instanceClass",
        "engineVersion",
        "parameterGroupName",
        "storageType",
        "multiAz",
    ),
    "rds.Cluster": ("engineVersion", "dbClusterParameterGroupName"),
    "rds.ClusterInstance": ("instanceClass",),
    "docdb.Cluster": ("engineVersion",),
    "redshift.Cluster": ("nodeType", "numberOfNodes", "clusterType"),
    "elasticache.ReplicationGroup": ("nodeType", "engineVersion"),
}
"""Type -> inputs whose change interrupts the connections to it."""


def restarted(case: Case) -> Iterator[Danger]:
    """A database that restarts, at once or in its maintenance window."""
    if not (case.old and case.new) or case.goes:
        return
    paths = [
        path
        for path in RESTARTS.get(case.type, ())
        if at(case.old, path) is not ABSENT and case.changed(path)
    ]
    if not paths:
        return
    now = flag(at(case.new, "applyImmediately"))
    when = (
        "during the deployment"
        if now or case.type.startswith("redshift")
        else "in its next maintenance window"
    )
    words = f"{case.told} restarts {when}: connections to it break for minutes."
    level = Level.MEDIUM if when == "during the deployment" else Level.LOW
    yield case.danger(level, DOWNTIME, words, "; ".join(case.moved(path) for path in paths))


def recreated(case: Case) -> Iterator[Danger]:
    """A deployment that stops all its pods before it starts new ones."""
    path = "spec.strategy.type"
    turned = case.type == "kubernetes.Deployment" and case.old and case.changed(path)
    if turned and at(case.new, path) == "Recreate":
        words = f"{case.told} now stops all its pods before it starts new ones, with each change."
        yield case.danger(Level.MEDIUM, DOWNTIME, words, case.moved(path))


def _variant(variant: Mapping[str, Any]) -> str:
    return str(variant.get("variantName") or "AllTraffic")
