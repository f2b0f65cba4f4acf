"""What of an existing bucket counts, and what of it makes the bucket unusable."""

import copy
from typing import Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from groundplan.operations.bootstrap import bucket_policy, key, lifecycle
from groundplan.operations.bootstrap.plan import Unusable

ARN = "arn:aws:s3:::our-state"


class Rules:
    """S3, as far as lifecycle rules go."""

    def __init__(self, *rules: dict[str, Any]) -> None:
        self.rules = [{"ID": "own", "Status": "Enabled", **rule} for rule in rules]

    def get_bucket_lifecycle_configuration(self, **_: str) -> dict[str, Any]:
        if not self.rules:
            answer: Any = {"Error": {"Code": "NoSuchLifecycleConfiguration"}}
            raise ClientError(answer, "GetBucketLifecycleConfiguration")
        return {"Rules": copy.deepcopy(self.rules)}

    def put_bucket_lifecycle_configuration(self, **words: Any) -> None:
        self.rules = words["LifecycleConfiguration"]["Rules"]


EXPIRES = {"Expiration": {"Days": 30}}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (EXPIRES, "deletes states"),
        ({**EXPIRES, "Prefix": ""}, "deletes states"),
        ({**EXPIRES, "Filter": {"Prefix": ".pulumi/stacks/"}}, "deletes states"),
        ({**EXPIRES, "Filter": {"And": {"Prefix": ".p"}}}, "deletes states"),
        ({"Expiration": {"Date": "2027-01-01"}}, "deletes states"),
        (
            {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
            "deletes former versions of states after 1 days",
        ),
    ],
)
def test_a_rule_that_deletes_states_makes_a_bucket_unusable(
    rule: dict[str, Any], words: str
) -> None:
    with pytest.raises(Unusable, match=f"rule own of the bucket our-state {words}. Fix: "):
        lifecycle.is_right(Rules(rule), "our-state")


@pytest.mark.parametrize(
    "rule",
    [
        {**EXPIRES, "Filter": {"Prefix": "logs/"}},
        {**EXPIRES, "Status": "Disabled"},
        {**EXPIRES, "Filter": {"Tag": {"Key": "a", "Value": "b"}}},
        {**EXPIRES, "Filter": {"And": {"Prefix": "", "Tags": [{"Key": "a", "Value": "b"}]}}},
        {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}},
        {"Expiration": {"ExpiredObjectDeleteMarker": True}},
        {"ID": "former-versions", "Status": "Disabled"},
    ],
)
def test_rules_of_others_stay_and_former_versions_are_retained(rule: dict[str, Any]) -> None:
    s3 = Rules(rule)
    assert not lifecycle.is_right(s3, "our-state")
    lifecycle.expire(s3, "our-state")
    own, ours = s3.rules
    assert own == {"ID": "own", "Status": "Enabled", **rule}
    assert ours["NoncurrentVersionExpiration"] == {"NoncurrentDays": 365}
    assert ours["ID"] != own["ID"]
    assert lifecycle.is_right(s3, "our-state")


DELETION: dict[str, Any] = {
    "Sid": "DenyDeletionOfVersions",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:DeleteObjectVersion",
    "Resource": f"{ARN}/*",
}


@pytest.mark.parametrize(
    ("changed", "covers"),
    [
        ({}, True),
        ({"Sid": "Other"}, True),
        ({"Principal": {"AWS": ["*"]}}, True),
        ({"Action": ["s3:DeleteObjectVersion", "s3:PutObject"]}, True),
        ({"Action": "s3:*", "Resource": [f"{ARN}/*"]}, True),
        ({"Effect": "Allow"}, False),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:role/one"}}, False),
        ({"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}, False),
        ({"Action": "s3:DeleteObject"}, False),
        ({"Resource": f"{ARN}/logs/*"}, False),
        ({"Action": None, "NotAction": "s3:GetObject"}, False),
    ],
)
def test_a_statement_counts_by_what_it_denies_and_not_by_its_name(
    changed: dict[str, Any], covers: bool
) -> None:
    own = {**DELETION, **changed}
    found = bucket_policy.lacking([own], ARN)
    names = [one["Sid"] for one in found]
    # The name of the statement that does not count is taken.
    ours = [] if covers else ["DenyDeletionOfVersionsOfState"]
    assert names == ["DenyInsecureTransport", *ours]
    assert bucket_policy.lacking([own, *found], ARN) == []


def test_a_policy_of_one_statement_needs_no_list() -> None:
    assert bucket_policy.statements('{"Statement": {"Sid": "a"}}') == [{"Sid": "a"}]
    assert bucket_policy.statements(None) == []


class Keys:
    """KMS, as far as a key is described."""

    def __init__(self, **found: str) -> None:
        self.found = found

    def describe_key(self, **_: str) -> dict[str, Any]:
        return {"KeyMetadata": {"Arn": "arn:key", "KeyState": "Enabled", **self.found}}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"KeyState": "Disabled"}, "is Disabled. Fix: enable it"),
        ({"KeyState": "PendingDeletion"}, "is PendingDeletion. Fix: enable it"),
        (
            {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
            "is ECC_NIST_P256 for SIGN_VERIFY; a bucket needs SYMMETRIC_DEFAULT",
        ),
    ],
)
def test_a_key_that_can_not_encrypt_is_no_key_of_a_state(found: dict[str, str], words: str) -> None:
    with pytest.raises(Unusable, match=f"The key alias/pulumi-state {words}"):
        key.key_arn(Keys(**found), "alias/pulumi-state")
    assert key.key_arn(Keys(), "alias/pulumi-state") == "arn:key"
