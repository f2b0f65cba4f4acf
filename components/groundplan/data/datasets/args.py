"""The arguments of a Datasets."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.storage.access import ArtifactAccessArgs


class PublicationTargetArgs(TypedDict):
    """What receives an event when a version of a dataset is published, which is when a
    tag moves to it. All of them update in place."""

    arn: pulumi.Input[str]
    """ARN of an SNS topic, an SQS queue or a Lambda function, whose policy lets
    events.amazonaws.com use it, or of what takes a role: a state machine of Step
    Functions, an event bus."""
    role_arn: NotRequired[pulumi.Input[str]]
    """ARN of the role that EventBridge assumes to start a state machine or to send to
    an event bus. Default: none."""
    tag_names: NotRequired[Sequence[str]]
    """Tags of the dataset whose moves are sent: `production`. Default: all tags."""
    text: NotRequired[bool]
    """Whether a sentence for people is sent, to a topic of SNS, in place of S3's event.
    Default: false."""


class NamedDatasetArgs(TypedDict):
    """The arguments of one dataset. All of them update in place."""

    targets: NotRequired[Mapping[str, PublicationTargetArgs]]
    """What receives its publications, by name. Default: none."""


class DatasetsArgs(TypedDict):
    """The arguments of a Datasets."""

    bucket: ArtifactAccessArgs
    """The bucket of the datasets: `ArtifactBucket.access`. Its `datasets` are to name
    the same datasets, so that it keeps their versions. Updates in place."""
    sets: Mapping[str, NamedDatasetArgs]
    """The datasets, by name, 1 to 25: lower-case letters, digits and hyphens. A dataset
    is the folder `datasets/<name>/` of the bucket; removing it here deletes no
    object."""
    alarm_actions: NotRequired[Sequence[pulumi.Input[str]]]
    """ARNs of SNS topics that are notified of publications that reached nobody, such as
    `MonitoringStack.topic_arn`. Updates in place. Default: none."""
    owner: NotRequired[str]
    """Who answers for it, a team or an address, 1 to 100 characters: part of every
    notification. Updates in place. Default: none."""
    runbooks_url: NotRequired[str]
    """URL of the folder docs/runbooks, for the links of alarms. Updates in place.
    Default: none; alarms name paths."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of undelivered publications; its policy has to let EventBridge
    use it, as an `EncryptionKey` with the service `events` does. Updates in place.
    Default: a key of its own, where a dataset has targets."""
    deletion_protection: NotRequired[bool]
    """Whether Pulumi refuses to delete the key, and retains it on delete. Updates in
    place. Default: true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place. Default: none."""


PUBLICATION_TARGET_DEFAULTS = defaults(PublicationTargetArgs, text=False)
DATASETS_DEFAULTS = defaults(DatasetsArgs, deletion_protection=True)
