"""Pods that are checked less, or get less, and what keeps them running."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.diff.changes import ABSENT
from groundplan.diff.value_rules.kubernetes import quantity
from groundplan.risk.context import ChangeContext, at, flag, number, objects
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import change_text

TEMPLATE = "spec.template.spec"
PROBES = {
    "livenessProbe": "is no longer restarted where it hangs",
    "readinessProbe": "gets requests before it is ready, and while it isn't",
    "startupProbe": "may be restarted before it has started",
}
"""Probe of a container -> what its removal means."""


def unchecked(context: ChangeContext) -> Iterator[Risk]:
    """Containers without a probe that they had."""
    for name, then, now, path in _containers(context):
        for probe, words in PROBES.items():
            if then.get(probe) and not now.get(probe):
                because = change_text(f"{path}.{probe}", then[probe], now.get(probe, ABSENT))
                subject = f"the container {name} of {context.subject}"
                yield context.risk(Level.LOW, "downtime", f"{subject} {words}.", because)


def less_memory(context: ChangeContext) -> Iterator[Risk]:
    """Containers with a lower limit of memory, which are killed beyond it."""
    for name, then, now, path in _containers(context):
        limits = [at(side, "resources.limits.memory") for side in (then, now)]
        before, after = (quantity(value) for value in limits)
        if after is not None and (before is None or after < before) and limits[0] is not ABSENT:
            words = (
                f"the container {name} of {context.subject} is killed where it uses more than "
                f"{limits[1]} of memory, in place of {limits[0]}."
            )
            because = change_text(f"{path}.resources.limits.memory", *limits)
            yield context.risk(Level.LOW, "downtime", words, because)


def root(context: ChangeContext) -> Iterator[Risk]:
    """Pods that may run as root."""
    if not context.type.startswith("kubernetes.") or not (context.old and context.new):
        return
    path = f"{TEMPLATE}.securityContext.runAsNonRoot"
    then, now = (flag(at(side, path)) for side in (context.old, context.new))
    if then and not now:
        words = f"pods of {context.subject} may now run as root."
        yield context.risk(Level.LOW, "access", words, context.change_text(path))


def disruption(context: ChangeContext) -> Iterator[Risk]:
    """A disruption budget that lets more pods be stopped at once."""
    if context.type != "kubernetes.PodDisruptionBudget" or not (context.old and context.new):
        return
    for path, sign in (("spec.minAvailable", 1), ("spec.maxUnavailable", -1)):
        raw = context.values(path)
        then, now = (number(str(value).removesuffix("%")) for value in raw)
        one_unit = str(raw[0]).endswith("%") == str(raw[1]).endswith("%")
        if one_unit and then is not None and now is not None and sign * (now - then) < 0:
            words = f"{context.subject} lets more of its pods be stopped at once."
            yield context.risk(Level.LOW, "protection", words, context.change_text(path))


def placed(context: ChangeContext) -> Iterator[Risk]:
    """Pods that move to other nodes, or wait where there are none."""
    path = f"{TEMPLATE}.nodeSelector"
    if not context.type.startswith("kubernetes.") or not (context.old and context.new):
        return
    if context.changed(path) and at(context.new, path) not in (ABSENT, {}):
        words = f"pods of {context.subject} move to other nodes, and wait where there are none."
        yield context.risk(Level.LOW, "interruption", words, context.change_text(path))


def all_at_once(context: ChangeContext) -> Iterator[Risk]:
    """A deployment that may stop all its pods at once."""
    path = "spec.strategy.rollingUpdate.maxUnavailable"
    if context.type != "kubernetes.Deployment" or not (context.old and context.new):
        return
    if context.changed(path) and at(context.new, path) == "100%":
        words = f"{context.subject} may stop all its pods before new ones run, with each change."
        yield context.risk(Level.LOW, "downtime", words, context.change_text(path))


Container = tuple[str, Mapping[str, Any], Mapping[str, Any], str]


def _containers(context: ChangeContext) -> Iterator[Container]:
    """Containers on both sides: name, before, after, path."""
    if not context.type.startswith("kubernetes.") or not (context.old and context.new):
        return
    path = f"{TEMPLATE}.containers"
    if not context.changed(path):
        return
    before = {str(each.get("name")): each for each in objects(at(context.old, path))}
    for each in objects(at(context.new, path)):
        name = str(each.get("name"))
        if name in before:
            yield name, before[name], each, f"{path}[{name}]"
