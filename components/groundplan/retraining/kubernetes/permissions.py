"""What the driver may do in AWS: the engine's calls, on the runs of one endpoint. Pure.

Jobs need nothing here: they are the cluster's, and have the identity of their service
account.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan import s3_uris
from groundplan.iam import Statement, allow
from groundplan.release.cluster.alerts import WORKSPACE
from groundplan.release.cluster.target import REGISTRY, TRAIL
from groundplan.retraining.component import function_permissions
from groundplan.retraining.kubernetes.spec import KubernetesRetrainingSpec

OVERWRITES = {"Null": {"s3:if-none-match": "true"}}
"""S3 refuses a write with If-None-Match where the object exists (S3 User Guide,
"Enforce conditional writes on Amazon S3 buckets")."""
TOPIC_KEY = ["kms:Decrypt", "kms:GenerateDataKey"]


def statements(spec: KubernetesRetrainingSpec, known: Mapping[str, Any]) -> list[Statement]:
    """Returns the statements on runs. `known`: the values of what were outputs."""
    if spec.kubernetes_target is None:
        found = [*function_permissions.run_statements(spec, known)]
    else:
        found = [*function_permissions.data_statements(spec, known)]
    if results := known["results"]:
        bucket, folder = s3_uris.split(results)
        partition = known["place"][0]
        objects = f"arn:{partition}:s3:::{bucket}/{folder.rstrip('/')}/*"
        found.append(allow("ReadResults", ["s3:GetObject"], [objects]))
        if bucket != known["bucket"]["bucket_name"]:
            own = f"arn:{partition}:s3:::{bucket}"
            listed = allow("ListResults", ["s3:ListBucket"], [own])
            prefixes = {"s3:prefix": f"{folder.rstrip('/')}/*"}
            found.append({**listed, "Condition": {"StringLike": prefixes}})
    if known["topic"]:
        found.append(allow("NotifyPeople", ["sns:Publish"], [known["topic"]]))
    if known["topic_key"]:
        found.append(allow("UseTopicKey", TOPIC_KEY, [known["topic_key"]]))
    return found


def release_statements(spec: KubernetesRetrainingSpec, known: Mapping[str, Any]) -> list[Statement]:
    """Returns the statements on releases of an endpoint on the cluster: the registry in
    the bucket, and the records. Versions, decisions and records are written once, and
    never overwritten or deleted. Where people approve, the driver can't."""
    bucket, key = known["bucket"]["bucket_arn"], known["bucket"]["kms_key_arn"]
    endpoint, target = known["endpoint"], known["target"]
    registry = f"{bucket}/{target.get('registry_prefix') or REGISTRY}{endpoint}/"
    trail = f"{bucket}/{target.get('audit_prefix') or TRAIL}{endpoint}/"
    written = ["versions", "rejections", *([] if spec.approval_required else ["approvals"])]
    return [
        allow("ReadRegistry", ["s3:GetObject"], [f"{registry}*", f"{trail}*"]),
        allow(
            "WriteRegistry",
            ["s3:PutObject"],
            [*(f"{registry}{folder}/*" for folder in written), f"{trail}*"],
        ),
        {
            **allow("DenyOverwrites", ["s3:PutObject"], [f"{registry}*", f"{trail}*"]),
            "Effect": "Deny",
            "Condition": OVERWRITES,
        },
        allow("UnlockReleases", ["s3:DeleteObject"], [f"{trail}lock.json"]),
        allow("ReadModels", ["s3:GetObject"], [f"{bucket}/{target['models']}*"]),
        *_further(spec, bucket),
        allow("UseRegistryKey", ["kms:Decrypt", "kms:GenerateDataKey"], [key]),
        *_alerts(str(target["prometheus_url"]), known["place"]),
    ]


def _further(spec: KubernetesRetrainingSpec, bucket: str) -> list[Statement]:
    """Returns what verifies the further dataset versions of a record."""
    folders = [f"{bucket}/datasets/{name}/versions/*" for name in spec.further_datasets]
    return [allow("ReadDatasetVersions", ["s3:GetObject"], folders)] if folders else []


def _alerts(url: str, place: Sequence[str]) -> list[Statement]:
    """Returns what asks a workspace for its alerts; nothing in the cluster."""
    managed = WORKSPACE.fullmatch(url)
    if managed is None:
        return []
    partition, _, account = place
    workspace = f"arn:{partition}:aps:{managed[1]}:{account}:workspace/{managed[2]}"
    return [allow("ReadAlerts", ["aps:ListRules", "aps:QueryMetrics"], [workspace])]
