"""Events of publications: a tag of a dataset moves, and targets receive it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan.data.datasets.spec import PublicationTarget
from groundplan.storage import dataset_folders

MAX_AGE_SECONDS, RETRIES = 86_400, 185
"""The most that EventBridge tries (Amazon EventBridge User Guide, "How EventBridge
retries delivering events")."""
MESSAGE = (
    "A version of the dataset {0} was published: <tag> in the bucket <bucket> moved (<time>). "
    "`groundplan dataset show` names the version."
)
PATHS = {"tag": "$.detail.object.key", "bucket": "$.detail.bucket.name", "time": "$.time"}


def pattern(bucket: pulumi.Input[str], dataset: str, tags: Sequence[str]) -> pulumi.Output[str]:
    """Returns the event pattern of the publications of a dataset: S3's own events, so
    that none is lost between a tag and its event."""
    every = [{"prefix": dataset_folders.tags(dataset)}]
    return created(bucket, [key(dataset, tag) for tag in tags] or every)


def key(dataset: str, tag: str) -> str:
    """Returns the key of a tag's object."""
    return f"{dataset_folders.tags(dataset)}{tag}.json"


def created(bucket: pulumi.Input[str], keys: Sequence[Any]) -> pulumi.Output[str]:
    """Returns the event pattern of objects that are created under keys, or prefixes."""
    detail = {"bucket": {"name": [bucket]}, "object": {"key": list(keys)}}
    event = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": detail}
    return pulumi.Output.json_dumps(event, sort_keys=True)


def rules_of(
    targets: Mapping[str, PublicationTarget],
) -> dict[tuple[str, ...], dict[str, PublicationTarget]]:
    """Returns the targets by the tags that they receive, as a rule has one pattern."""
    found: dict[tuple[str, ...], dict[str, PublicationTarget]] = {}
    for name, target in sorted(targets.items()):
        found.setdefault(tuple(sorted(set(target.tags))), {})[name] = target
    return found


def digest(tags: Sequence[str]) -> str:
    """Returns the digest of tags, for the name of their rule."""
    return hashlib.sha256("\n".join(tags).encode()).hexdigest()[:8]


def create_target(
    name: str,
    dataset: str,
    target: PublicationTarget,
    rule: aws.cloudwatch.EventRule,
    queue_arn: pulumi.Input[str],
    parent: pulumi.Resource,
) -> aws.cloudwatch.EventTarget:
    """Creates a target of a rule."""
    sentence = aws.cloudwatch.EventTargetInputTransformerArgs(
        input_paths=PATHS, input_template=json.dumps(MESSAGE.format(dataset))
    )
    return aws.cloudwatch.EventTarget(
        name,
        rule=rule.name,
        arn=target.arn,
        role_arn=target.role_arn,
        input_transformer=sentence if target.text else None,
        retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
            maximum_event_age_in_seconds=MAX_AGE_SECONDS, maximum_retry_attempts=RETRIES
        ),
        dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=queue_arn),
        opts=pulumi.ResourceOptions(parent=parent),
    )
