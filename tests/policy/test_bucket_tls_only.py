import json
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.bucket_tls_only import RULE

BUCKET = "aws:s3/bucket:Bucket"
POLICY = "aws:s3/bucketPolicy:BucketPolicy"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


def deny(**other: Any) -> dict[str, Any]:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["${data.arn}", "${data.arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [{**statement, **other}]}


COMPLIANT = [
    deny(),
    deny(Principal={"AWS": "*"}),
    deny(Condition={"BoolIfExists": {"AWS:SecureTransport": False}}),
    deny(Resource="*", Action=["s3:*"]),
]
NOT = [
    deny(Effect="Allow"),
    deny(Principal={"AWS": "arn:aws:iam::123456789012:root"}),
    deny(Action="s3:GetObject"),
    deny(Condition={"Bool": {"aws:SecureTransport": "true"}}),
    deny(Condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
]


@pytest.mark.parametrize("document", COMPLIANT)
@pytest.mark.parametrize("form", [json.dumps, dict])
def test_a_bucket_that_refuses_plain_http_complies(
    build: Build, check_rule: CheckRule, document: Any, form: Any
) -> None:
    bucket = build(BUCKET, "data")
    assert (
        check_rule(
            RULE, bucket, build(POLICY, "policy", {"policy": form(document)}, {"bucket": bucket})
        )
        == []
    )


@pytest.mark.parametrize("document", NOT)
def test_a_policy_that_does_not_refuse_it_is_named(
    build: Build, check_rule: CheckRule, document: Any
) -> None:
    bucket = build(BUCKET, "data")
    policy = build(POLICY, "policy", {"policy": json.dumps(document)}, {"bucket": bucket})
    (breach,) = check_rule(RULE, bucket, policy)
    assert (breach.urn, breach.property) == (policy.urn, "policy")
    assert breach.reason == "bucket data accepts plain HTTP: its data can be read on the network"


def test_refusing_it_for_the_bucket_alone_leaves_the_objects(
    build: Build, check_rule: CheckRule
) -> None:
    bucket = build(BUCKET, "data")
    policy = build(
        POLICY, "policy", {"policy": json.dumps(deny(Resource="${data.arn}"))}, {"bucket": bucket}
    )
    (breach,) = check_rule(RULE, bucket, policy)
    assert breach.reason == "bucket data denies plain HTTP for itself, but not for its objects"


def test_a_bucket_without_a_policy_is_named(build: Build, check_rule: CheckRule) -> None:
    bucket = build(BUCKET, "data")
    (breach,) = check_rule(RULE, bucket)
    assert (breach.urn, breach.property) == (bucket.urn, "")


def test_a_policy_that_is_not_known_yet_is_no_breach(build: Build, check_rule: CheckRule) -> None:
    bucket = build(BUCKET, "data")
    assert (
        check_rule(
            RULE,
            bucket,
            build(POLICY, "policy", {"policy": "${unknown until role}"}, {"bucket": bucket}),
        )
        == []
    )


def test_an_inline_policy_counts(build: Build, check_rule: CheckRule) -> None:
    assert check_rule(RULE, build(BUCKET, "data", {"policy": json.dumps(deny())})) == []


def test_it_is_about_buckets_only(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(RULE, build("aws:sns/topic:Topic"), build(POLICY, "alone", {"policy": "{}"}))
        == []
    )
