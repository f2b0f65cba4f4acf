from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.queue_encrypted import RULE

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]

QUEUE = "aws:sqs/queue:Queue"


@pytest.mark.parametrize(
    "inputs", [{}, {"sqsManagedSseEnabled": True}, {"kmsMasterKeyId": "${key.arn}"}]
)
def test_an_encrypted_queue_complies(make: Make, judge: Judge, inputs: Any) -> None:
    assert judge(RULE, make(QUEUE, "events", inputs)) == []


@pytest.mark.parametrize("off", [False, "false"])
def test_a_queue_whose_encryption_is_off_is_named(make: Make, judge: Judge, off: Any) -> None:
    queue = make(QUEUE, "events", {"sqsManagedSseEnabled": off})
    assert judge(RULE, queue) == [
        Breach(queue.urn, "queue events keeps its messages unencrypted", "sqsManagedSseEnabled")
    ]


def test_a_key_of_ones_own_goes_before_the_switch(make: Make, judge: Judge) -> None:
    assert (
        judge(
            RULE,
            make(QUEUE, "events", {"sqsManagedSseEnabled": False, "kmsMasterKeyId": "alias/mine"}),
        )
        == []
    )


def test_it_is_about_queues_only(make: Make, judge: Judge) -> None:
    assert judge(RULE, make("aws:sns/topic:Topic", "it", {"sqsManagedSseEnabled": False})) == []
