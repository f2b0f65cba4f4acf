from collections.abc import Callable

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach, Severity
from groundplan.policy.rules.bucket_public_access_blocked import RULE

BUCKET = "aws:s3/bucket:Bucket"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ALL = {
    "blockPublicAcls": True,
    "blockPublicPolicy": True,
    "ignorePublicAcls": True,
    "restrictPublicBuckets": True,
}

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


@pytest.mark.parametrize("kind", [BUCKET, "aws:s3/bucketV2:BucketV2"])
def test_a_bucket_that_blocks_all_four_ways_complies(
    build: Build, check_rule: CheckRule, kind: str
) -> None:
    bucket = build(kind, "data")
    assert check_rule(RULE, bucket, build(BLOCK, "block", ALL, {"bucket": bucket})) == []


@pytest.mark.parametrize("kind", [BUCKET, "aws:s3/bucketV2:BucketV2"])
def test_a_bucket_without_a_block_is_named(build: Build, check_rule: CheckRule, kind: str) -> None:
    other = build(BUCKET, "other")
    data = build(kind, "data")
    (breach,) = check_rule(RULE, data, other, build(BLOCK, "block", ALL, {"bucket": other}))
    assert breach == Breach(
        data.urn,
        "bucket data has no public access block: anyone who may change its policy can make it "
        "public",
    )


def test_each_switch_that_is_off_is_named_at_the_block(build: Build, check_rule: CheckRule) -> None:
    bucket = build(BUCKET, "data")
    block = build(
        BLOCK,
        "block",
        {**ALL, "blockPublicPolicy": False, "restrictPublicBuckets": None},
        {"bucket": bucket},
    )
    (breach,) = check_rule(RULE, bucket, block)
    assert breach.urn == block.urn
    assert breach.reason.endswith(
        "not fully blocked: blockPublicPolicy, restrictPublicBuckets not true"
    )
    assert (breach.property, breach.fix) == (
        "blockPublicPolicy",
        "set blockPublicPolicy, restrictPublicBuckets to true",
    )


def test_a_switch_that_is_not_known_yet_is_no_breach(build: Build, check_rule: CheckRule) -> None:
    bucket = build(BUCKET, "data")
    block = build(BLOCK, "block", {**ALL, "blockPublicPolicy": "${unknown}"}, {"bucket": bucket})
    assert check_rule(RULE, bucket, block) == []


def test_a_block_can_name_its_bucket_by_text(build: Build, check_rule: CheckRule) -> None:
    bucket = build(BUCKET, "data", {"bucket": "acme-data"})
    assert check_rule(RULE, bucket, build(BLOCK, "block", {**ALL, "bucket": "acme-data"})) == []
    assert len(check_rule(RULE, bucket, build(BLOCK, "block", {**ALL, "bucket": "acme-logs"}))) == 1


def test_a_block_of_the_whole_account_covers_its_buckets(
    build: Build, check_rule: CheckRule
) -> None:
    account = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
    assert check_rule(RULE, build(BUCKET), build(account, "account", ALL)) == []
    assert (
        len(
            check_rule(
                RULE, build(BUCKET), build(account, "account", {**ALL, "ignorePublicAcls": False})
            )
        )
        == 1
    )


def test_an_acl_that_opens_a_bucket_is_critical(build: Build, check_rule: CheckRule) -> None:
    bucket = build(BUCKET, "data")
    acl = build("aws:s3/bucketAclV2:BucketAclV2", "acl", {"acl": "public-read"}, {"bucket": bucket})
    findings = check_rule(RULE, bucket, acl, build(BLOCK, "block", ALL, {"bucket": bucket}))
    assert [(breach.urn, breach.severity, breach.property) for breach in findings] == [
        (acl.urn, Severity.CRITICAL, "acl")
    ]
    inline = build(BUCKET, "inline", {"acl": "public-read-write"})
    assert [breach.severity for breach in check_rule(RULE, inline)] == [Severity.CRITICAL, None]


def test_it_is_about_buckets_only(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(
            RULE, build("aws:sns/topic:Topic"), build(BLOCK, "block", {"blockPublicAcls": False})
        )
        == []
    )
