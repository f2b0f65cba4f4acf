"""Whether an environment is as it should be after `up`: asked of AWS, by the stack's
exports."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.operations import workspace
from groundplan.release.engine import alarms, live
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import ReleaseError
from groundplan.release.engine.target import Target
from groundplan.release.engine.trail import Trail

PUBLIC_ACCESS = (
    "BlockPublicAcls",
    "BlockPublicPolicy",
    "IgnorePublicAcls",
    "RestrictPublicBuckets",
)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    subject: str
    """`endpoint churn`, `bucket ml-prod-artifacts`."""
    what: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True)
class Request:
    """A real invocation of an endpoint."""

    payload: bytes
    content_type: str = "application/json"


class Account:
    """What verification talks to."""

    def __init__(self, region: str, session: Any = None) -> None:
        session = session or boto3.session.Session()
        self.clients = Clients.connect(region, session)
        self.eks = session.client("eks", region_name=region, config=aws.CONTROL)
        self.amp = session.client("amp", region_name=region, config=aws.CONTROL)


def verify(
    account: Account, exports: Mapping[str, Any], requests: Mapping[str, Request]
) -> list[Check]:
    """Returns all checks that the exports give rise to. An error of AWS is a failed
    check, and stops no other."""
    found: list[Check] = []
    targets = exports.get("releaseTargets") or {}
    for name, endpoint in (exports.get("endpoints") or {}).items():
        declared = (exports.get("endpointConfigs") or {}).get(name)
        target, request = targets.get(name), requests.get(name)
        found += _guarded(
            f"endpoint {name}", partial(_endpoint, account, endpoint, declared, target, request)
        )
    if exports.get("artifactBucket"):
        bucket = str(exports["artifactBucket"])
        found += _guarded(
            f"bucket {bucket}", partial(_bucket, account, bucket, exports.get("artifactKeyArn"))
        )
    if exports.get("clusterName"):
        cluster = str(exports["clusterName"])
        found += _guarded(f"cluster {cluster}", partial(_cluster, account, cluster))
    if exports.get("prometheusWorkspaceId"):
        workspace_id, endpoint = exports["prometheusWorkspaceId"], exports["prometheusEndpoint"]
        count = workspace.targets_of(str(endpoint))
        look = partial(workspace.findings, account.amp, str(workspace_id), count)
        found += _guarded(f"metrics {workspace_id}", look)
    topic, names = exports.get("alarmTopicArn"), _alarm_names(targets)
    if topic or names:
        found += _guarded("alarms", partial(_alarms, account, topic, names))
    return found


Findings = Iterator[tuple[str, bool, str]]


def _guarded(subject: str, look: Callable[[], Findings]) -> list[Check]:
    found = []
    try:
        for what, ok, detail in look():
            found.append(Check(subject, what, ok, detail))
    except ReleaseError as error:
        found.append(Check(subject, "there", False, str(error)))
    except aws.CREDENTIALS:
        raise  # the same for all
    except (ClientError, BotoCoreError) as error:
        found.append(Check(subject, "reachable", False, aws.words(error)))
    return found


def _endpoint(
    account: Account,
    name: str,
    declared: str | None,
    target: Mapping[str, Any] | None,
    request: Request | None,
) -> Findings:
    clients = account.clients
    endpoint = live.endpoint(clients, name)
    status, current = endpoint["EndpointStatus"], endpoint["EndpointConfigName"]
    yield (
        "in service",
        status == live.IN_SERVICE,
        " ".join([str(status), str(endpoint.get("FailureReason", ""))]).strip(),
    )
    if target is not None:
        yield _released(clients, Target.read(name, target), current)
    elif declared is not None:
        detail = (
            current
            if current == declared
            else f"runs {current}, declared is {declared}: it was rolled back or changed by hand"
        )
        yield "runs what is declared", current == declared, detail
    short = [
        (
            f"{variant['VariantName']} {variant.get('CurrentInstanceCount', 0)} of "
            f"{variant['DesiredInstanceCount']}"
        )
        for variant in endpoint.get("ProductionVariants", ())
        if variant.get("DesiredInstanceCount")
        and variant.get("CurrentInstanceCount", 0) < variant["DesiredInstanceCount"]
    ]
    yield "has its instances", not short, ", ".join(short)
    if request is not None:
        yield _invoked(clients, name, request)


def _released(clients: Clients, target: Target, current: str) -> tuple[str, bool, str]:
    what, trail = "runs what was released", Trail(clients, target)
    held = trail.held()
    if held is not None and trail.record(held.release) is None:
        return what, False, f"{held.release} is not over. Fix: `groundplan release resume`"
    records = trail.records()
    if not records:
        return what, True, f"{current}, nothing was released yet"
    expected = records[-1]["live"]
    if expected != current:
        return what, False, f"runs {current}, {records[-1]['release']} left {expected}"
    return what, True, current


def _invoked(clients: Clients, name: str, request: Request) -> tuple[str, bool, str]:
    try:
        answer = clients.invocations.invoke_endpoint(
            EndpointName=name, Body=request.payload, ContentType=request.content_type
        )["Body"].read()
    except aws.CREDENTIALS:
        raise
    except (ClientError, BotoCoreError) as error:
        return "answers", False, aws.words(error)
    return "answers", True, f"{len(answer)} bytes"


def _bucket(account: Account, bucket: str, key_arn: str | None) -> Findings:
    s3 = account.clients.s3
    s3.head_bucket(Bucket=bucket)
    yield "reachable", True, ""
    rules = _of(s3.get_bucket_encryption, bucket, "ServerSideEncryptionConfiguration", {}).get(
        "Rules", []
    )
    defaults = [rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in rules]
    kms = [rule for rule in defaults if str(rule.get("SSEAlgorithm", "")).startswith("aws:kms")]
    keys = [str(rule.get("KMSMasterKeyID", "")) for rule in kms]
    detail = ", ".join(keys) or "not with KMS"
    yield "encrypted with its key", bool(kms) and (key_arn is None or key_arn in keys), detail
    block = _of(s3.get_public_access_block, bucket, "PublicAccessBlockConfiguration", {})
    open_ways = [way for way in PUBLIC_ACCESS if not block.get(way)]
    yield (
        "closed to the public",
        not open_ways,
        f"not set: {', '.join(open_ways)}" if open_ways else "",
    )


def _of(call: Any, bucket: str, key: str, default: Any) -> Any:
    """A setting of a bucket. S3 has an error of its own for each that isn't set."""
    try:
        return call(Bucket=bucket).get(key, default)
    except ClientError as error:
        if aws.code(error).startswith(
            ("NoSuchPublicAccessBlock", "ServerSideEncryptionConfigurationNotFound")
        ):
            return default
        raise


def _cluster(account: Account, name: str) -> Findings:
    cluster = account.eks.describe_cluster(name=name)["cluster"]
    yield "active", cluster["status"] == "ACTIVE", str(cluster["status"])
    issues = _issues(cluster)
    yield "healthy", not issues, issues
    for page in account.eks.get_paginator("list_nodegroups").paginate(clusterName=name):
        for group in page["nodegroups"]:
            found = account.eks.describe_nodegroup(clusterName=name, nodegroupName=group)[
                "nodegroup"
            ]
            issues = _issues(found)
            healthy = found["status"] == "ACTIVE" and not issues
            yield f"node group {group}", healthy, " ".join([str(found["status"]), issues]).strip()


def _issues(found: Mapping[str, Any]) -> str:
    return "; ".join(
        f"{i.get('code', '')}: {i.get('message', '')}"
        for i in found.get("health", {}).get("issues", ())
    )


def _alarm_names(targets: Mapping[str, Any]) -> list[str]:
    names = [
        str(name)
        for target in targets.values()
        if isinstance(target, Mapping)
        for name in target.get("alarms") or ()
    ]
    return list(dict.fromkeys(names))


def _alarms(account: Account, topic: str | None, names: Sequence[str]) -> Findings:
    cloudwatch = account.clients.cloudwatch
    on = dict(alarms.on(account.clients, names))
    if topic:
        pages = cloudwatch.get_paginator("describe_alarms").paginate(
            ActionPrefix=topic, StateValue="ALARM", AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        for page in pages:
            for alarm in [*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ())]:
                on[str(alarm["AlarmName"])] = str(alarm.get("StateReason", ""))
    for name, why in sorted(on.items()):
        yield name, False, why or "in ALARM"
    if not on:
        yield "quiet", True, ""
