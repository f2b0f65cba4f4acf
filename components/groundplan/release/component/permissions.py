"""What the function may do: the runtime's calls, on the endpoints, groups and roles of
its targets. Pure.

Resources of each action: Service Authorization Reference, "Actions, resources, and
condition keys for Amazon SageMaker", and Amazon SageMaker AI Developer Guide, "Amazon
SageMaker AI API Permissions: Actions, Permissions, and Resources Reference".
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from groundplan.iam import Statement, allow
from groundplan.lambda_functions.permissions import Place
from groundplan.release.engine.events import group_name

PASSED_TO = "sagemaker.amazonaws.com"
KEPT_OF_NAME = 40
"""Characters of an endpoint's name that stay in those of its models: 63 without `-v`,
up to eight digits, `-`, and twelve of a digest."""


def in_sagemaker(place: Place, kind: str, name: str) -> list[str]:
    """Returns the ARNs of a thing in SageMaker, which writes its ARNs in lower case,
    whatever its name is."""
    spelled = dict.fromkeys((name, name.lower()))
    return [place.arn("sagemaker", f"{kind}/{each}") for each in spelled]


def statements(targets: Mapping[str, Mapping[str, Any]], place: Place) -> list[Statement]:
    """Returns what releases to these targets need of SageMaker, CloudWatch and IAM."""
    each = list(targets.values())
    endpoints = _flat(in_sagemaker(place, "endpoint", target["endpoint"]) for target in each)
    names = sorted({release_prefix(target["endpoint"]) for target in each})
    models = _flat(in_sagemaker(place, "model", name) for name in names)
    configurations = _flat(in_sagemaker(place, "endpoint-config", name) for name in names)
    groups = _flat(group_arns(target["model_package_group"], place) for target in each)
    versions = _flat(_versions(arn) for arn in groups)
    every_configuration = in_sagemaker(place, "endpoint-config", "*")
    found: list[Statement] = [
        allow(
            "LookAtVersions",
            ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
            groups + versions,
        ),
        # Those of before the first release are created by Pulumi, under names that it
        # chooses.
        allow("LookAtConfigurations", ["sagemaker:DescribeEndpointConfig"], every_configuration),
        allow("LookAtModels", ["sagemaker:DescribeModel"], in_sagemaker(place, "model", "*")),
        # AddTags goes with the creation of what has tags; the versions are what a model
        # consists of.
        allow("MakeModels", ["sagemaker:AddTags", "sagemaker:CreateModel"], models),
        allow("UseVersions", ["sagemaker:CreateModel"], versions),
        allow(
            "MakeConfigurations",
            ["sagemaker:AddTags", "sagemaker:CreateEndpointConfig"],
            configurations,
        ),
        allow(
            "CallEndpoints", ["sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"], endpoints
        ),
        # An update is judged by its configuration too, and the way back may lead to one
        # that Pulumi created.
        allow("MoveEndpoints", ["sagemaker:UpdateEndpoint"], endpoints + every_configuration),
        allow(
            "PassExecutionRoles",
            ["iam:PassRole"],
            _unique(target["role_arn"] for target in each),
            {"StringEquals": {"iam:PassedToService": PASSED_TO}},
        ),
        # CloudWatch returns composite alarms only to principals that may describe all
        # ("DescribeAlarms", API Reference).
        allow(
            "LookAtAlarms", ["cloudwatch:DescribeAlarmHistory", "cloudwatch:DescribeAlarms"], ["*"]
        ),
    ]
    keys = _unique(target["kms_key_arn"] for target in each if target.get("kms_key_arn"))
    if keys:
        grant = allow("EncryptVolumes", ["kms:CreateGrant"], keys)
        found.append({**grant, "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}}})
        found.append(allow("LookAtVolumeKeys", ["kms:DescribeKey"], keys))
    return found + _smoke(each, place)


def _smoke(targets: Sequence[Mapping[str, Any]], place: Place) -> list[Statement]:
    """Returns what the smoke tests of gates need: their recorded requests. An endpoint
    of the candidate's own is created by the person who runs `groundplan release gate
    --smoke`, with their own permissions; the function only reads what came of it."""
    found: list[Statement] = []
    asked = {target["endpoint"]: target.get("gates", {}).get("smoke") or {} for target in targets}
    payloads = _unique(
        smoke["payloads"].removeprefix("s3://") for smoke in asked.values() if smoke.get("payloads")
    )
    if payloads:
        files = [
            f"arn:{place.partition}:s3:::{path}{'*' if path.endswith('/') else ''}"
            for path in payloads
        ]
        buckets = _unique(
            f"arn:{place.partition}:s3:::{path.partition('/')[0]}" for path in payloads
        )
        found.append(allow("ReadRecordedRequests", ["s3:GetObject"], files))
        found.append(allow("FindRecordedRequests", ["s3:ListBucket"], buckets))
    return found


def trail_statements(
    audit: Mapping[str, str], prefix: str, evaluations: Sequence[str]
) -> list[Statement]:
    """Returns what the records and the lock need, and the files that gates read.
    Records are written once, and never overwritten or deleted."""
    bucket, key = audit["bucket_arn"], audit["kms_key_arn"]
    found: list[Statement] = [
        allow("WriteTrail", ["s3:GetObject", "s3:PutObject"], [f"{bucket}/{prefix}*"]),
        # S3 refuses a write with If-None-Match where the object exists (S3 User Guide,
        # "Enforce conditional writes on Amazon S3 buckets").
        {
            **allow("DenyOverwrites", ["s3:PutObject"], [f"{bucket}/{prefix}*"]),
            "Effect": "Deny",
            "Condition": {"Null": {"s3:if-none-match": "true"}},
        },
        allow("Unlock", ["s3:DeleteObject"], [f"{bucket}/{prefix}*/lock.json"]),
        # Not for the folder alone: a principal that may not list a bucket learns that a
        # missing object is forbidden, and a request for an object has no s3:prefix that
        # a condition could ask for (S3 API Reference, GetObject).
        allow("TellMissingFromForbidden", ["s3:ListBucket"], [bucket]),
        # The manifests of dataset versions, which training records name by digest.
        allow("ReadDatasetVersions", ["s3:GetObject"], [f"{bucket}/datasets/*/versions/*"]),
        allow("EncryptTrail", ["kms:Decrypt", "kms:GenerateDataKey"], [key]),
    ]
    if evaluations:
        found.append(
            allow(
                "ReadEvaluations",
                ["s3:GetObject"],
                [f"{bucket}/{folder}*" for folder in sorted(evaluations)],
            )
        )
    return found


def release_prefix(endpoint: str) -> str:
    """Returns the pattern of the names that releases give to models and configurations
    of an endpoint (`runtime.plan`)."""
    return f"{endpoint}-v*" if len(endpoint) <= KEPT_OF_NAME else f"{endpoint[:KEPT_OF_NAME]}*"


def group_arns(group: str, place: Place) -> list[str]:
    """Returns the ARNs of a model package group, by its name or ARN."""
    return (
        [group]
        if group.startswith("arn:")
        else in_sagemaker(place, "model-package-group", group_name(group))
    )


def _versions(group_arn: str) -> list[str]:
    return [f"{group_arn.replace(':model-package-group/', ':model-package/', 1)}/*"]


def _flat(lists: Iterable[Sequence[str]]) -> list[str]:
    return _unique(item for items in lists for item in items)


def _unique(items: Iterable[str]) -> list[str]:
    return sorted(set(items))
