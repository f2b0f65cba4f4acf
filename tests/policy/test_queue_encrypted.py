from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.queue_encrypted import RULE

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]

QUEUE = "aws:sqs/queue:Queue"


@pytest.mark.parametrize(
    "inputs", [{}, {"sqsManagedSseEnabled": True}, {"kmsMasterKeyId": "${key.arn}"}]
)
def test_an_encrypted_queue_complies(build: Build, check_rule: CheckRule, inputs: Any) -> None:
    assert check_rule(RULE, build(QUEUE, "events", inputs)) == []


@pytest.mark.parametrize("off", [False, "false"])
def test_a_queue_whose_encryption_is_off_is_named(
    build: Build, check_rule: CheckRule, off: Any
) -> None:
    queue = build(QUEUE, "events", {"sqsManagedSseEnabled": off})
    assert check_rule(RULE, queue) == [
        Breach(queue.urn, "queue events stores its messages unencrypted", "sqsManagedSseEnabled")
    ]


def test_a_customer_managed_key_takes_precedence_over_the_switch(
    build: Build, check_rule: CheckRule
) -> None:
    assert (
        check_rule(
            RULE,
            build(QUEUE, "events", {"sqsManagedSseEnabled": False, "kmsMasterKeyId": "alias/mine"}),
        )
        == []
    )


def test_it_is_about_queues_only(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(RULE, build("aws:sns/topic:Topic", "it", {"sqsManagedSseEnabled": False})) == []
    )
