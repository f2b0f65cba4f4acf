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

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]


@pytest.mark.parametrize("kind", [BUCKET, "aws:s3/bucketV2:BucketV2"])
def test_a_bucket_that_blocks_all_four_ways_complies(make: Make, judge: Judge, kind: str) -> None:
    bucket = make(kind, "data")
    assert judge(RULE, bucket, make(BLOCK, "block", ALL, {"bucket": bucket})) == []


@pytest.mark.parametrize("kind", [BUCKET, "aws:s3/bucketV2:BucketV2"])
def test_a_bucket_without_a_block_is_named(make: Make, judge: Judge, kind: str) -> None:
    other = make(BUCKET, "other")
    data = make(kind, "data")
    (breach,) = judge(RULE, data, other, make(BLOCK, "block", ALL, {"bucket": other}))
    assert breach == Breach(
        data.urn,
        "bucket data has no public access block: anyone who may edit its policy can open it to the world",
    )


def test_each_switch_that_is_off_is_named_at_the_block(make: Make, judge: Judge) -> None:
    bucket = make(BUCKET, "data")
    block = make(
        BLOCK,
        "block",
        {**ALL, "blockPublicPolicy": False, "restrictPublicBuckets": None},
        {"bucket": bucket},
    )
    (breach,) = judge(RULE, bucket, block)
    assert breach.urn == block.urn
    assert breach.reason.endswith(
        "not wholly blocked: blockPublicPolicy, restrictPublicBuckets not true"
    )
    assert (breach.property, breach.fix) == (
        "blockPublicPolicy",
        "set blockPublicPolicy, restrictPublicBuckets to true",
    )


def test_a_switch_that_is_not_known_yet_is_no_breach(make: Make, judge: Judge) -> None:
    bucket = make(BUCKET, "data")
    block = make(BLOCK, "block", {**ALL, "blockPublicPolicy": "${unknown}"}, {"bucket": bucket})
    assert judge(RULE, bucket, block) == []


def test_a_block_can_name_its_bucket_by_text(make: Make, judge: Judge) -> None:
    bucket = make(BUCKET, "data", {"bucket": "acme-data"})
    assert judge(RULE, bucket, make(BLOCK, "block", {**ALL, "bucket": "acme-data"})) == []
    assert len(judge(RULE, bucket, make(BLOCK, "block", {**ALL, "bucket": "acme-logs"}))) == 1


def test_a_block_of_the_whole_account_covers_its_buckets(make: Make, judge: Judge) -> None:
    account = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
    assert judge(RULE, make(BUCKET), make(account, "account", ALL)) == []
    assert (
        len(judge(RULE, make(BUCKET), make(account, "account", {**ALL, "ignorePublicAcls": False})))
        == 1
    )


def test_an_acl_that_opens_a_bucket_is_critical(make: Make, judge: Judge) -> None:
    bucket = make(BUCKET, "data")
    acl = make("aws:s3/bucketAclV2:BucketAclV2", "acl", {"acl": "public-read"}, {"bucket": bucket})
    found = judge(RULE, bucket, acl, make(BLOCK, "block", ALL, {"bucket": bucket}))
    assert [(breach.urn, breach.severity, breach.property) for breach in found] == [
        (acl.urn, Severity.CRITICAL, "acl")
    ]
    inline = make(BUCKET, "inline", {"acl": "public-read-write"})
    assert [breach.severity for breach in judge(RULE, inline)] == [Severity.CRITICAL, None]


def test_it_is_about_buckets_only(make: Make, judge: Judge) -> None:
    assert (
        judge(RULE, make("aws:sns/topic:Topic"), make(BLOCK, "block", {"blockPublicAcls": False}))
        == []
    )
