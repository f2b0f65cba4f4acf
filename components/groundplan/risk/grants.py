"""Wider access by resources that name who they are for, without a policy document:
permissions of Lambda functions and layers, of event buses, of snapshots."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.diff.changes import ABSENT, Kind
from groundplan.risk.context import ChangeContext, at, texts
from groundplan.risk.policies import resource_name
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import readable

ACCESS = "access"


@dataclass(frozen=True)
class Grant:
    """A type that grants one permission."""

    whom: str
    """The input with who gets it."""
    on: str
    """The input with the resource that it is on."""
    does: str
    """What it allows, as a clause: `call the function`."""
    everyone: tuple[str, ...] = ("*",)
    """Values of `whom` that are everyone."""
    limits: tuple[str, ...] = ()
    """Inputs that limit who it is for."""


GRANTS = {
    "cloudwatch.EventPermission": Grant(
        "principal", "eventBusName", "send events to the bus", limits=("condition.value",)
    ),
    "lambda.LayerVersionPermission": Grant(
        "principal", "layerName", "use the layer", limits=("organizationId",)
    ),
    # Lambda Developer Guide, "Granting Lambda function access to AWS services": without
    # a source, any account may call a function by the service.
    "lambda.Permission": Grant(
        "principal",
        "function",
        "call the function",
        limits=("sourceArn", "sourceAccount", "principalOrgId", "functionUrlAuthType"),
    ),
    "rds.ClusterSnapshotCopy": Grant(
        "sharedAccounts", "targetDbClusterSnapshotIdentifier", "restore the snapshot", ("all",)
    ),
    "rds.Snapshot": Grant("sharedAccounts", "dbSnapshotIdentifier", "restore it", ("all",)),
}
"""Type -> the permission that it grants."""


def granted(context: ChangeContext) -> Iterator[Risk]:
    """A permission for everyone, for others than before, or without its limits."""
    grant = GRANTS.get(context.type)
    if grant is None or not context.new:
        return
    before, after = (set(texts(side.get(grant.whom))) for side in (context.old, context.new))
    on = resource_name(str(context.new.get(grant.on, context.name)))
    limited = _limits(grant, context.new)
    freed = context.old and _limits(grant, context.old) - limited
    fresh = after if freed else after - before
    for whom in sorted(fresh):
        because = _because(context, grant, bool(freed))
        if whom in grant.everyone and not limited:
            words = f"anyone may now {grant.does} {on}."
            yield context.risk(Level.HIGH, ACCESS, words, because)
        elif context.old or not _new(context, grant):
            who = readable(whom)
            if freed:
                words = f"the permission of {who} to {grant.does} {on} is limited less than before."
                yield context.risk(Level.MEDIUM, ACCESS, words, because)
            elif "amazonaws.com" not in whom:
                who = "anyone in these limits" if whom in grant.everyone else f"the principal {who}"
                words = f"{who} may now {grant.does} {on}."
                yield context.risk(Level.MEDIUM, ACCESS, words, because)


def _limits(grant: Grant, inputs: Mapping[str, Any]) -> set[str]:
    limits = {path for path in grant.limits if at(inputs, path) is not ABSENT}
    return limits - (
        {"functionUrlAuthType"} if inputs.get("functionUrlAuthType") == "NONE" else set()
    )


def _because(context: ChangeContext, grant: Grant, freed: bool) -> str:
    paths = [grant.whom, *(grant.limits if freed else ())]
    changed = [path for path in paths if context.changed(path)]
    return "; ".join(context.change_text(path) for path in changed)


def _new(context: ChangeContext, grant: Grant) -> bool:
    return context.owner_change(grant.on) is Kind.CREATE
