from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.key_rotates import RULE

KEY = "aws:kms/key:Key"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


@pytest.mark.parametrize("value", [True, "true", "${unknown}"])
def test_a_key_that_rotates_complies(build: Build, check_rule: CheckRule, value: Any) -> None:
    assert check_rule(RULE, build(KEY, "key", {"enableKeyRotation": value})) == []


@pytest.mark.parametrize(
    "inputs", [{}, {"enableKeyRotation": False}, {"customerMasterKeySpec": "SYMMETRIC_DEFAULT"}]
)
def test_a_key_that_does_not_is_named(
    build: Build, check_rule: CheckRule, inputs: dict[str, Any]
) -> None:
    key = build(KEY, "data-key", inputs)
    (breach,) = check_rule(RULE, key)
    assert (breach.urn, breach.property) == (key.urn, "enableKeyRotation")
    assert breach.reason.startswith("key data-key doesn't rotate: ")


@pytest.mark.parametrize(
    "inputs", [{"customerMasterKeySpec": "RSA_4096"}, {"customKeyStoreId": "cks-1"}]
)
def test_a_key_that_aws_cannot_rotate_is_left_alone(
    build: Build, check_rule: CheckRule, inputs: dict[str, Any]
) -> None:
    assert check_rule(RULE, build(KEY, "key", inputs)) == []


def test_it_is_about_keys_only(build: Build, check_rule: CheckRule) -> None:
    assert check_rule(RULE, build("aws:kms/alias:Alias")) == []
