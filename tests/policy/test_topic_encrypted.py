from collections.abc import Callable

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.topic_encrypted import RULE

TOPIC = "aws:sns/topic:Topic"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


@pytest.mark.parametrize("key", ["${key.arn}", "[secret]", "alias/alarms", "alias/aws/sns"])
def test_an_encrypted_topic_complies(build: Build, check_rule: CheckRule, key: str) -> None:
    assert check_rule(RULE, build(TOPIC, "alarms", {"kmsMasterKeyId": key})) == []


def test_a_topic_without_a_key_is_named(build: Build, check_rule: CheckRule) -> None:
    topic = build(TOPIC, "alarms")
    assert check_rule(RULE, topic) == [
        Breach(topic.urn, "topic alarms stores its messages unencrypted", "kmsMasterKeyId")
    ]


def test_alarms_cannot_use_the_key_of_aws(build: Build, check_rule: CheckRule) -> None:
    topic = build(TOPIC, "alarms", {"kmsMasterKeyId": "alias/aws/sns"})
    (breach,) = check_rule(RULE, topic, build(ALARM, "errors", {}, {"alarmActions": topic}))
    assert breach.severity is Severity.HIGH
    assert breach.reason == (
        "topic alarms is encrypted with AWS's own key, which alarms can't use: their "
        "notifications are lost"
    )


def test_alarms_can_use_a_key_of_ones_own(build: Build, check_rule: CheckRule) -> None:
    topic = build(TOPIC, "alarms", {"kmsMasterKeyId": "${key.arn}"})
    assert check_rule(RULE, topic, build(ALARM, "errors", {}, {"alarmActions": topic})) == []


def test_it_is_about_topics_only(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(RULE, build("aws:sns/topicPolicy:TopicPolicy"), build("aws:sqs/queue:Queue"))
        == []
    )
