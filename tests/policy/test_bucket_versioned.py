from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.bucket_versioned import RULE

BUCKET = "aws:s3/bucket:Bucket"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]


@pytest.mark.parametrize("kind", [VERSIONING, "aws:s3/bucketVersioningV2:BucketVersioningV2"])
@pytest.mark.parametrize(
    "value", [{"status": "Enabled"}, {"status": "${unknown}"}, "${unknown until settings}"]
)
def test_a_bucket_that_keeps_versions_complies(
    make: Make, judge: Judge, kind: str, value: Any
) -> None:
    bucket = make(BUCKET)
    assert (
        judge(
            RULE,
            bucket,
            make(kind, "versioning", {"versioningConfiguration": value}, {"bucket": bucket}),
        )
        == []
    )


def test_versioning_that_is_off_is_named_where_it_is(make: Make, judge: Judge) -> None:
    bucket = make(BUCKET, "data")
    versioning = make(
        VERSIONING,
        "versioning",
        {"versioningConfiguration": {"status": "Suspended"}},
        {"bucket": bucket},
    )
    (breach,) = judge(RULE, bucket, versioning)
    assert (breach.urn, breach.property) == (versioning.urn, "versioningConfiguration")
    assert (
        breach.reason
        == "the versioning of bucket data is off: a dataset or model that is overwritten or deleted is gone"
    )


def test_a_bucket_without_versioning_is_named(make: Make, judge: Judge) -> None:
    (breach,) = judge(RULE, make(BUCKET, "data"))
    assert (
        breach.reason
        == "bucket data is not versioned: a dataset or model that is overwritten or deleted is gone"
    )


def test_inline_settings_of_older_versions_count(make: Make, judge: Judge) -> None:
    legacy = make(BUCKET, "legacy", {"versioning": {"enabled": True}})
    second = make("aws:s3/bucketV2:BucketV2", "v2", {"versionings": [{"enabled": True}]})
    assert judge(RULE, legacy, second) == []
    (breach,) = judge(RULE, make(BUCKET, "off", {"versioning": {"enabled": False}}))
    assert breach.property == "versioning"


def test_a_setting_belongs_to_the_bucket_it_names_among_those_it_depends_on(
    make: Make, judge: Judge
) -> None:
    data, logs = make(BUCKET, "data"), make(BUCKET, "logs")
    inputs = {"bucket": "${data.bucket}", "versioningConfiguration": {"status": "Enabled"}}
    versioning = make(VERSIONING, "versioning", inputs, {"bucket": [data, logs]})
    assert [breach.urn for breach in judge(RULE, data, logs, versioning)] == [logs.urn]


def test_it_is_about_buckets_only(make: Make, judge: Judge) -> None:
    assert (
        judge(
            RULE,
            make("aws:sns/topic:Topic"),
            make(VERSIONING, "alone", {"versioningConfiguration": {}}),
        )
        == []
    )
