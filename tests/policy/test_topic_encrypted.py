from collections.abc import Callable

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.topic_encrypted import RULE

TOPIC = "aws:sns/topic:Topic"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]


@pytest.mark.parametrize("key", ["${key.arn}", "[secret]", "alias/alarms", "alias/aws/sns"])
def test_an_encrypted_topic_complies(make: Make, judge: Judge, key: str) -> None:
    assert judge(RULE, make(TOPIC, "alarms", {"kmsMasterKeyId": key})) == []


def test_a_topic_without_a_key_is_named(make: Make, judge: Judge) -> None:
    topic = make(TOPIC, "alarms")
    assert judge(RULE, topic) == [
        Breach(topic.urn, "topic alarms keeps its messages unencrypted", "kmsMasterKeyId")
    ]


def test_alarms_cannot_use_the_key_of_aws(make: Make, judge: Judge) -> None:
    topic = make(TOPIC, "alarms", {"kmsMasterKeyId": "alias/aws/sns"})
    (breach,) = judge(RULE, topic, make(ALARM, "errors", {}, {"alarmActions": topic}))
    assert breach.severity is Severity.HIGH
    assert (
        breach.reason
        == "topic alarms is encrypted with AWS's own key, which alarms can't use: they call nobody"
    )


def test_alarms_can_use_a_key_of_ones_own(make: Make, judge: Judge) -> None:
    topic = make(TOPIC, "alarms", {"kmsMasterKeyId": "${key.arn}"})
    assert judge(RULE, topic, make(ALARM, "errors", {}, {"alarmActions": topic})) == []


def test_it_is_about_topics_only(make: Make, judge: Judge) -> None:
    assert judge(RULE, make("aws:sns/topicPolicy:TopicPolicy"), make("aws:sqs/queue:Queue")) == []
