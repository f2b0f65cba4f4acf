"""Alarms that are deleted, lose their actions or raise their thresholds, and
deployments that no alarm rolls back any more."""

from collections.abc import Iterator, Mapping

from groundplan.diff.changes import ABSENT, Kind
from groundplan.risk.context import ChangeContext, at, flag, leaves, number, objects, texts
from groundplan.risk.policies import resource_name
from groundplan.risk.protection import PROTECTION
from groundplan.risk.risk import Level, Risk
from groundplan.risk.summed_metrics import summed
from groundplan.risk.wording import count, listed

ALARMS = ("cloudwatch.MetricAlarm", "cloudwatch.CompositeAlarm")


def deleted(context: ChangeContext) -> Iterator[Risk]:
    """A deleted alarm whose watched resource stays."""
    if (
        context.type not in ALARMS
        or context.kind is not Kind.DELETE
        or context.old_option("retainOnDelete")
        or _watched_goes(context)
    ):
        return
    yield context.risk(
        Level.MEDIUM,
        PROTECTION,
        f"{context.subject} is deleted: {_about(context)}.",
        "it is no longer in the program",
    )


def without_actions(context: ChangeContext) -> Iterator[Risk]:
    """An alarm that loses its actions."""
    if context.type not in ALARMS or not (context.old and context.new):
        return
    if (
        flag(at(context.new, "actionsEnabled")) is False
        and flag(at(context.old, "actionsEnabled")) is not False
    ):
        yield context.risk(
            Level.MEDIUM,
            PROTECTION,
            f"{context.subject} no longer notifies anybody.",
            context.change_text("actionsEnabled"),
        )
    elif texts(context.old.get("alarmActions")) and not texts(context.new.get("alarmActions")):
        yield context.risk(
            Level.MEDIUM,
            PROTECTION,
            f"{context.subject} no longer notifies anybody.",
            context.change_text("alarmActions"),
        )


def raised_threshold(context: ChangeContext) -> Iterator[Risk]:
    """A threshold that is raised to at least twice its value, or lowered to half for
    alarms on low values; of a metric that is a sum, per core or GPU."""
    if context.type != "cloudwatch.MetricAlarm" or not (context.old and context.new):
        return
    then, now = (number(value) for value in context.values("threshold"))
    if then is None or now is None or then <= 0:
        return
    total = summed(context)
    per = ""
    if total and total.before and total.after:
        # The same threshold of each core is a higher one of more cores.
        then, now, per = then / total.before, now / total.after, f" per {total.unit}"
    upward = "Less" not in str(context.new.get("comparisonOperator", ""))
    if not ((upward and now >= 2 * then) or (not upward and now <= then / 2)):
        return
    words = (
        f"{context.subject} goes into ALARM state only at {count(now)}{per} in place of "
        f"{count(then)}."
    )
    if total and not per:
        words = (
            f"{context.subject} goes into ALARM state at {count(now)} in place of {count(then)}, "
            f"a sum over every {total.unit}: later only if the instances don't have as many more."
        )
    yield context.risk(Level.LOW, PROTECTION, words, context.change_text("threshold"))


def rollback(context: ChangeContext) -> Iterator[Risk]:
    """Deployments of an endpoint that fewer alarms roll back, or none, or that lose
    their canary."""
    if context.type != "sagemaker.Endpoint" or not (context.old and context.new):
        return
    path = "deploymentConfig.autoRollbackConfiguration.alarms"
    old, new = (
        {resource_name(str(alarm.get("alarmName"))) for alarm in objects(at(side, path))}
        for side in (context.old, context.new)
    )
    gone = sorted(old - new)
    if len(new) < len(old) and context.changed("deploymentConfig"):
        words = (
            f"{context.subject} is no longer rolled back by the "
            f"{'alarm' if len(gone) == 1 else 'alarms'} {listed(gone)}"
        )
        words += "." if new else ": no alarm rolls a bad version back any more."
        yield context.risk(Level.MEDIUM, PROTECTION, words, context.change_text(path))
    path = "deploymentConfig.blueGreenUpdatePolicy.trafficRoutingConfiguration.type"
    was, now = context.values(path)
    rolling = at(context.new, "deploymentConfig.rollingUpdatePolicy") is not ABSENT
    if (
        was in ("CANARY", "LINEAR")
        and now in ("ALL_AT_ONCE", ABSENT)
        and not rolling
        and (new or not old)
    ):
        words = f"{context.subject} shifts all traffic to a new version at once, without a canary."
        yield context.risk(Level.MEDIUM, PROTECTION, words, context.change_text(path))


def _watched_goes(context: ChangeContext) -> bool:
    """Returns whether a resource that the alarm watches is deleted as well: one that it
    refers to, or that its dimensions name."""
    before = context.change.before
    if before is None:
        return False
    actions = {"alarmActions", "okActions", "insufficientDataActions"}
    urns = {
        urn
        for key, targets in before.property_dependencies.items()
        if key not in actions
        for urn in targets
    }
    if any(context.plan.kind_of(urn) is Kind.DELETE for urn in urns):
        return True
    values = {str(value) for path, value in leaves(before.inputs) if "dimensions." in path}
    gone = [
        other.change.before
        for other in context.plan.contexts
        if other.kind is Kind.DELETE and other.change.before
    ]
    return any(str(other.inputs.get("name")) in values for other in gone if other.urn != before.urn)


def _about(context: ChangeContext) -> str:
    text = context.old.get("alarmDescription")
    queried = [query.get("metric") for query in objects(context.old.get("metricQueries"))]
    metrics = [context.old, *(metric for metric in queried if isinstance(metric, Mapping))]
    names = dict.fromkeys(str(m["metricName"]) for m in metrics if m.get("metricName"))
    if names:
        return f"nobody is notified any more of problems with {listed(names)}"
    return f"nobody is notified any more of what it watched{': ' + str(text) if text else ''}"
