"""The topics that alarms notify, and who gets them: subscribers, and channels of a
chat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.kubernetes.alert_rules import AlertSeverity
from groundplan.monitoring import topic
from groundplan.monitoring.spec import ChatChannel, MonitoringSpec


@dataclass(frozen=True)
class Notifications:
    """The resources that deliver notifications."""

    topic: aws.sns.Topic
    """Gets all."""
    topic_policy: aws.sns.TopicPolicy
    urgent_topic: aws.sns.Topic | None
    """Gets what is critical; None without a subscriber that gets nothing else."""
    urgent_topic_policy: aws.sns.TopicPolicy | None
    subscriptions: Mapping[str, aws.sns.TopicSubscription]
    chat: Mapping[
        str, aws.chatbot.SlackChannelConfiguration | aws.chatbot.TeamsChannelConfiguration
    ]

    @property
    def policies(self) -> list[aws.sns.TopicPolicy]:
        """The topic policies."""
        return [p for p in (self.topic_policy, self.urgent_topic_policy) if p is not None]

    def topic_arns(self, severity: AlertSeverity) -> list[pulumi.Output[str]]:
        """Returns the topics of alarms of a severity."""
        if self.urgent_topic is None or severity is not AlertSeverity.CRITICAL:
            return [self.topic.arn]
        return [self.topic.arn, self.urgent_topic.arn]


def create(
    spec: MonitoringSpec,
    key_arn: pulumi.Input[str],
    workspace_arn: pulumi.Input[str] | None,
    parent: pulumi.Resource,
) -> Notifications:
    """Creates the topics, the subscriptions and the channels as children of `parent`.
    `workspace_arn`: of the workspace whose alert manager publishes, if there is
    one."""
    child = pulumi.ResourceOptions(parent=parent)
    account = iam.account_id(pulumi.InvokeOptions(parent=parent))

    def create_topic(role: str) -> tuple[aws.sns.Topic, aws.sns.TopicPolicy]:
        created = aws.sns.Topic(
            f"{spec.name}-{role}", kms_master_key_id=key_arn, tags=spec.tags, opts=child
        )
        policy = aws.sns.TopicPolicy(
            f"{spec.name}-{role}-policy",
            arn=created.arn,
            policy=topic.policy(created.arn, account, workspace_arn),
            opts=child,
        )
        return created, policy

    all_topic, all_policy = create_topic("topic")
    urgent = urgent_policy = None
    if any(subscriber.urgent_only for subscriber in spec.subscribers.values()):
        urgent, urgent_policy = create_topic("urgent-topic")
    subscriptions = {
        key: aws.sns.TopicSubscription(
            f"{spec.name}-subscriber-{key}",
            topic=urgent.arn if urgent and subscriber.urgent_only else all_topic.arn,
            protocol=subscriber.protocol.value,
            endpoint=subscriber.endpoint,
            opts=child,
        )
        for key, subscriber in spec.subscribers.items()
    }
    return Notifications(
        topic=all_topic,
        topic_policy=all_policy,
        urgent_topic=urgent,
        urgent_topic_policy=urgent_policy,
        subscriptions=subscriptions,
        chat=_channels(spec, all_topic.arn, parent),
    )


def _channels(
    spec: MonitoringSpec, topic_arn: pulumi.Output[str], parent: pulumi.Resource
) -> dict[str, Any]:
    if not spec.chat:
        return {}
    child = pulumi.ResourceOptions(parent=parent)
    invoke = pulumi.InvokeOptions(parent=parent)
    # What people may ask in the channel: nothing, the role has no policy; the guardrail
    # is required to be less than its default, AdministratorAccess (Amazon Q Developer
    # in chat applications Administrator Guide, "Guardrail policies").
    role = aws.iam.Role(
        f"{spec.name}-chat-role",
        assume_role_policy=iam.account_trust("chatbot.amazonaws.com", invoke),
        description="Amazon Q Developer in chat applications: delivers notifications only",
        tags=spec.tags,
        opts=child,
    )
    guardrail = pulumi.Output.format(
        "arn:{0}:iam::aws:policy/CloudWatchReadOnlyAccess", iam.partition(invoke)
    )
    return {
        key: _channel(
            f"{spec.name}-chat-{key}", channel, role.arn, [guardrail], topic_arn, spec, child
        )
        for key, channel in spec.chat.items()
    }


def _channel(
    name: str,
    channel: ChatChannel,
    role_arn: pulumi.Output[str],
    guardrails: Sequence[pulumi.Output[str]],
    topic_arn: pulumi.Output[str],
    spec: MonitoringSpec,
    opts: pulumi.ResourceOptions,
) -> aws.chatbot.SlackChannelConfiguration | aws.chatbot.TeamsChannelConfiguration:
    shared: dict[str, Any] = {
        # Required; a name is Pulumi's elsewhere.
        "configuration_name": f"{spec.environment}-{name}",
        "iam_role_arn": role_arn,
        "guardrail_policy_arns": list(guardrails),
        "sns_topic_arns": [topic_arn],
        "tags": spec.tags,
        "opts": opts,
    }
    if channel.slack_workspace_id is not None:
        return aws.chatbot.SlackChannelConfiguration(
            name,
            slack_team_id=channel.slack_workspace_id,
            slack_channel_id=channel.channel_id,
            **shared,
        )
    return aws.chatbot.TeamsChannelConfiguration(
        name,
        tenant_id=channel.teams_tenant_id or "",
        team_id=channel.teams_team_id or "",
        channel_id=channel.channel_id,
        **shared,
    )
