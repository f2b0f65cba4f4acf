"""Protection that is removed: deletion protection, logs, monitoring, budgets."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.diff.changes import Kind
from groundplan.risk.context import ChangeContext, at, flag, number, texts
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import count, listed, text

PROTECTION = "protection"


def options(context: ChangeContext) -> Iterator[Risk]:
    """Resource options that no longer protect a resource."""
    before, after = context.change.before, context.change.after
    if before is None or after is None:
        return
    if before.option("protect") and not after.option("protect"):
        words = (
            f"{context.subject} is no longer protected: from the next deployment on, nothing in "
            "the program stops its deletion."
        )
        yield context.risk(Level.MEDIUM, PROTECTION, words, _option(context, "protect"))
    if before.option("retainOnDelete") and not after.option("retainOnDelete"):
        words = f"{context.subject} would no longer be retained when it leaves the program."
        yield context.risk(Level.MEDIUM, PROTECTION, words, _option(context, "retainOnDelete"))
    yield from _followed(context, before.options, after.options)


SCALED = ("desiredsize", "desiredcapacity", "desiredcount", "desiredinstancecount", "replicas")
"""Inputs that autoscalers set, in lower case: a program that doesn't ignore them resets
them."""


def _followed(
    context: ChangeContext, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Risk]:
    gone = [
        path
        for path in texts(before.get("ignoreChanges"))
        if path not in texts(after.get("ignoreChanges"))
    ]
    for path in gone:
        if path.replace("_", "").rsplit(".", 1)[-1].lower() in SCALED or path in (
            "scalingConfig",
            "scaling_config",
            "*",
        ):
            words = (
                f"{context.subject} no longer leaves {path} to autoscaling: a deployment resets "
                "it, and stops what runs beyond."
            )
            yield context.risk(Level.MEDIUM, PROTECTION, words, _option(context, "ignoreChanges"))


def _option(context: ChangeContext, name: str) -> str:
    before, after = context.old_option(name), context.change.resource.option(name)
    return f"{name}: {text(before)} -> {text(after)}"


GUARDS = (
    "deletionProtection",
    "deletionProtectionEnabled",
    "enableDeletionProtection",
    "disableApiTermination",
    "disableApiStop",
    "terminationProtection",
    "protectFromScaleIn",
)
"""Inputs that make the cloud refuse a deletion."""


def deletion_protection(context: ChangeContext) -> Iterator[Risk]:
    """Deletion protection of the cloud that is disabled."""
    if not (context.old and context.new):
        return
    for name in GUARDS:
        if str(context.old.get(name)).lower() in ("true", "active") and str(
            context.new.get(name)
        ).lower() not in ("true", "active"):
            words = f"AWS would no longer refuse to delete {context.subject}."
            yield context.risk(Level.MEDIUM, PROTECTION, words, context.change_text(name))


def safeguards(context: ChangeContext) -> Iterator[Risk]:
    """Deleted safeguards: what watches, records or limits."""
    safeguard = context.entry.safeguard if context.entry else None
    if not safeguard or context.kind is not Kind.DELETE or context.old_option("retainOnDelete"):
        return
    if (
        context.owner_change("vpcId", "topic", "resourceArn", "bucket", "subnetId", "metadata")
        is not Kind.DELETE
    ):
        yield context.risk(
            safeguard.level,
            PROTECTION,
            f"{context.subject} is deleted: {safeguard.when_deleted}.",
            "it is no longer in the program",
        )


def logs(context: ChangeContext) -> Iterator[Risk]:
    """Logs of a cluster, a trail, a network or an endpoint that end."""
    if not (context.old and context.new):
        return
    if context.type == "eks.Cluster" and context.changed("enabledClusterLogTypes"):
        gone = sorted(
            set(texts(context.old.get("enabledClusterLogTypes")))
            - set(texts(context.new.get("enabledClusterLogTypes")))
        )
        if gone:
            words = (
                f"{context.subject} no longer keeps the logs {listed(gone, 5)} of its control "
                "plane."
            )
            yield context.risk(
                Level.MEDIUM, PROTECTION, words, context.change_text("enabledClusterLogTypes")
            )
    if (
        context.type == "cloudtrail.Trail"
        and flag(context.new.get("enableLogging")) is False
        and context.changed("enableLogging")
    ):
        yield context.risk(
            Level.MEDIUM,
            PROTECTION,
            f"{context.subject} no longer records anything.",
            context.change_text("enableLogging"),
        )
    if (
        context.type == "ec2.FlowLog"
        and context.old.get("trafficType") == "ALL"
        and context.changed("trafficType")
    ):
        words = (
            f"{context.subject} records only {str(context.new.get('trafficType')).lower()}ed "
            "traffic."
        )
        yield context.risk(Level.LOW, PROTECTION, words, context.change_text("trafficType"))
    path = "dataCaptureConfig.enableCapture"
    if (
        context.type == "sagemaker.EndpointConfiguration"
        and flag(at(context.old, path))
        and not flag(at(context.new, path))
    ):
        words = (
            f"{context.subject} no longer captures requests and responses: model drift can't be "
            "detected any more."
        )
        yield context.risk(Level.LOW, PROTECTION, words, context.change_text(path))


def budgets(context: ChangeContext) -> Iterator[Risk]:
    """A budget that allows more."""
    if context.type != "budgets.Budget" or not (context.old and context.new):
        return
    then, now = (number(value) for value in context.values("limitAmount"))
    if then is not None and now is not None and now > then:
        unit = context.new.get("limitUnit", "USD")
        level = Level.MEDIUM if now >= 2 * then else Level.LOW
        words = f"{context.subject} allows {count(now)} {unit} in place of {count(then)}."
        yield context.risk(level, PROTECTION, words, context.change_text("limitAmount"))
