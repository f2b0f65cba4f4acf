"""Alarms that go, fall silent or fire later, and deployments that no alarm rolls back
any more."""

from collections.abc import Iterator, Mapping

from groundplan.diff.changes import ABSENT, Kind
from groundplan.risk.context import Case, at, flag, leaves, number, objects, texts
from groundplan.risk.policies import own_name
from groundplan.risk.protection import PROTECTION
from groundplan.risk.risk import Danger, Level
from groundplan.risk.wording import count, listed

ALARMS = ("cloudwatch.MetricAlarm", "cloudwatch.CompositeAlarm")


def deleted(case: Case) -> Iterator[Danger]:
    """An alarm that goes, while what it watches stays."""
    if (
        case.type not in ALARMS
        or case.kind is not Kind.DELETE
        or case.was("retainOnDelete")
        or _watched_goes(case)
    ):
        return
    yield case.danger(
        Level.MEDIUM,
        PROTECTION,
        f"{case.told} is deleted: {_about(case)}.",
        "it is no longer in the program",
    )


def silenced(case: Case) -> Iterator[Danger]:
    """An alarm that tells nobody."""
    if case.type not in ALARMS or not (case.old and case.new):
        return
    if (
        flag(at(case.new, "actionsEnabled")) is False
        and flag(at(case.old, "actionsEnabled")) is not False
    ):
        yield case.danger(
            Level.MEDIUM,
            PROTECTION,
            f"{case.told} no longer tells anybody.",
            case.moved("actionsEnabled"),
        )
    elif texts(case.old.get("alarmActions")) and not texts(case.new.get("alarmActions")):
        yield case.danger(
            Level.MEDIUM,
            PROTECTION,
            f"{case.told} no longer tells anybody.",
            case.moved("alarmActions"),
        )


def later(case: Case) -> Iterator[Danger]:
    """A threshold that is at least twice as far off."""
    if case.type != "cloudwatch.MetricAlarm" or not (case.old and case.new):
        return
    then, now = (number(value) for value in case.both("threshold"))
    if then is None or now is None or then <= 0:
        return
    upward = "Less" not in str(case.new.get("comparisonOperator", ""))
    if (upward and now >= 2 * then) or (not upward and now <= then / 2):
        words = f"{case.told} fires only at {count(now)} in place of {count(then)}."
        yield case.danger(Level.LOW, PROTECTION, words, case.moved("threshold"))


def rollback(case: Case) -> Iterator[Danger]:
    """An endpoint's deployments that fewer alarms roll back, or none."""
    if case.type != "sagemaker.Endpoint" or not (case.old and case.new):
        return
    path = "deploymentConfig.autoRollbackConfiguration.alarms"
    old, new = (
        {own_name(str(alarm.get("alarmName"))) for alarm in objects(at(side, path))}
        for side in (case.old, case.new)
    )
    gone = sorted(old - new)
    if len(new) < len(old) and case.changed("deploymentConfig"):
        words = f"{case.told} is no longer rolled back by the {'alarm' if len(gone) == 1 else 'alarms'} {listed(gone)}"
        words += "." if new else ": nothing catches a bad version any more."
        yield case.danger(Level.MEDIUM, PROTECTION, words, case.moved(path))
    path = "deploymentConfig.blueGreenUpdatePolicy.trafficRoutingConfiguration.type"
    was, now = case.both(path)
    rolling = at(case.new, "deploymentConfig.rollingUpdatePolicy") is not ABSENT
    if (
        was in ("CANARY", "LINEAR")
        and now in ("ALL_AT_ONCE", ABSENT)
        and not rolling
        and (new or not old)
    ):
        words = f"{case.told} moves all traffic to a new version at once, without a trial on a part of it."
        yield case.danger(Level.MEDIUM, PROTECTION, words, case.moved(path))


def _watched_goes(case: Case) -> bool:
    """Whether something that the alarm takes its numbers from goes as well, told by
    reference or by its name in the cloud."""
    before = case.change.before
    if before is None:
        return False
    actions = {"alarmActions", "okActions", "insufficientDataActions"}
    urns = {
        urn
        for key, found in before.property_dependencies.items()
        if key not in actions
        for urn in found
    }
    if any(case.plan.kind_of(urn) is Kind.DELETE for urn in urns):
        return True
    values = {str(value) for path, value in leaves(before.inputs) if "dimensions." in path}
    gone = [
        other.change.before
        for other in case.plan.cases
        if other.kind is Kind.DELETE and other.change.before
    ]
    return any(str(other.inputs.get("name")) in values for other in gone if other.urn != before.urn)


def _about(case: Case) -> str:
    text = case.old.get("alarmDescription")
    queried = [query.get("metric") for query in objects(case.old.get("metricQueries"))]
    metrics = [case.old, *(metric for metric in queried if isinstance(metric, Mapping))]
    names = dict.fromkeys(str(m["metricName"]) for m in metrics if m.get("metricName"))
    if names:
        return f"nobody is told any more when something is wrong with {listed(names)}"
    return f"nobody is told any more of what it watched{': ' + str(text) if text else ''}"
