"""Protection that is taken off: of resources against deletion, of clusters and networks
by their logs, of money by budgets."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.diff.changes import Kind
from groundplan.risk.context import Case, at, flag, number, texts
from groundplan.risk.risk import Danger, Level
from groundplan.risk.wording import count, listed, text

PROTECTION = "protection"


def options(case: Case) -> Iterator[Danger]:
    """Resource options that kept something safe and no longer do."""
    before, after = case.change.before, case.change.after
    if before is None or after is None:
        return
    if before.option("protect") and not after.option("protect"):
        words = f"{case.told} is no longer protected: from the next deployment on, nothing in the program stops its deletion."
        yield case.danger(Level.MEDIUM, PROTECTION, words, _option(case, "protect"))
    if before.option("retainOnDelete") and not after.option("retainOnDelete"):
        words = f"{case.told} would no longer stay in the cloud when it leaves the program."
        yield case.danger(Level.MEDIUM, PROTECTION, words, _option(case, "retainOnDelete"))
    yield from _followed(case, before.options, after.options)


SCALED = ("desiredsize", "desiredcapacity", "desiredcount", "desiredinstancecount", "replicas")
"""What autoscalers set, and a program that doesn't ignore it sets back; in small
letters."""


def _followed(case: Case, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Danger]:
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
            words = f"{case.told} no longer leaves {path} to autoscaling: a deployment sets it back, and stops what runs beyond."
            yield case.danger(Level.MEDIUM, PROTECTION, words, _option(case, "ignoreChanges"))


def _option(case: Case, name: str) -> str:
    before, after = case.was(name), case.change.resource.option(name)
    return f"{name}: {text(before)} -> {text(after)}"


GUARDS = (
    "deletionProtection", "deletionProtectionEnabled", "enableDeletionProtection", "disableApiTermination", "disableApiStop",
    "terminationProtection", "protectFromScaleIn",
)  # fmt: skip
"""Inputs that have the cloud refuse a deletion."""


def guards(case: Case) -> Iterator[Danger]:
    """The cloud's own protection against deletion, switched off."""
    if not (case.old and case.new):
        return
    for name in GUARDS:
        if str(case.old.get(name)).lower() in ("true", "active") and str(
            case.new.get(name)
        ).lower() not in ("true", "active"):
            words = f"AWS would no longer refuse to delete {case.told}."
            yield case.danger(Level.MEDIUM, PROTECTION, words, case.moved(name))


WATCHERS = {
    "budgets.Budget": "nobody is told when the money runs out",
    "cfg.Recorder": "changes in the account are no longer recorded",
    "cloudtrail.Trail": "calls in the account are no longer recorded",
    "costexplorer.AnomalyMonitor": "unusual costs are no longer noticed",
    "costexplorer.AnomalySubscription": "nobody is told of unusual costs",
    "ec2.FlowLog": "traffic in the network is no longer recorded",
    "guardduty.Detector": "attacks are no longer looked for",
    "inspector2.Enabler": "images and machines are no longer scanned",
    "macie2.Account": "personal data in buckets is no longer looked for",
    "sns.TopicSubscription": "who was told by it is told no more",
    "wafv2.WebAcl": "what it filtered is let through",
    "wafv2.WebAclAssociation": "what it filtered is let through",
    "kubernetes.PodDisruptionBudget": "all pods that it looked after may be stopped at once",
    "s3.BucketLogging": "access to the bucket is no longer logged",
}
"""Type of what watches or limits -> what its end means."""


def watchers(case: Case) -> Iterator[Danger]:
    """What watched, recorded or limited, and goes."""
    means = WATCHERS.get(case.type)
    if not means or case.kind is not Kind.DELETE or case.was("retainOnDelete"):
        return
    if (
        case.owner("vpcId", "topic", "resourceArn", "bucket", "subnetId", "metadata")
        is not Kind.DELETE
    ):
        level = Level.LOW if case.type == "s3.BucketLogging" else Level.MEDIUM
        yield case.danger(
            level, PROTECTION, f"{case.told} is deleted: {means}.", "it is no longer in the program"
        )


def logs(case: Case) -> Iterator[Danger]:
    """Logs of a cluster, a trail or a workload that end."""
    if not (case.old and case.new):
        return
    if case.type == "eks.Cluster" and case.changed("enabledClusterLogTypes"):
        gone = sorted(
            set(texts(case.old.get("enabledClusterLogTypes")))
            - set(texts(case.new.get("enabledClusterLogTypes")))
        )
        if gone:
            words = f"{case.told} no longer keeps the logs {listed(gone, 5)} of its control plane."
            yield case.danger(Level.MEDIUM, PROTECTION, words, case.moved("enabledClusterLogTypes"))
    if (
        case.type == "cloudtrail.Trail"
        and flag(case.new.get("enableLogging")) is False
        and case.changed("enableLogging")
    ):
        yield case.danger(
            Level.MEDIUM,
            PROTECTION,
            f"{case.told} no longer records anything.",
            case.moved("enableLogging"),
        )
    if (
        case.type == "ec2.FlowLog"
        and case.old.get("trafficType") == "ALL"
        and case.changed("trafficType")
    ):
        words = f"{case.told} records only {str(case.new.get('trafficType')).lower()}ed traffic."
        yield case.danger(Level.LOW, PROTECTION, words, case.moved("trafficType"))
    path = "dataCaptureConfig.enableCapture"
    if (
        case.type == "sagemaker.EndpointConfiguration"
        and flag(at(case.old, path))
        and not flag(at(case.new, path))
    ):
        words = f"{case.told} no longer captures requests and answers: drift of the model can't be seen any more."
        yield case.danger(Level.LOW, PROTECTION, words, case.moved(path))


def budgets(case: Case) -> Iterator[Danger]:
    """A budget that allows more."""
    if case.type != "budgets.Budget" or not (case.old and case.new):
        return
    then, now = (number(value) for value in case.both("limitAmount"))
    if then is not None and now is not None and now > then:
        unit = case.new.get("limitUnit", "USD")
        level = Level.MEDIUM if now >= 2 * then else Level.LOW
        words = f"{case.told} allows {count(now)} {unit} in place of {count(then)}."
        yield case.danger(level, PROTECTION, words, case.moved("limitAmount"))
