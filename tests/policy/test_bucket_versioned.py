from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.bucket_versioned import RULE

BUCKET = "aws:s3/bucket:Bucket"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


@pytest.mark.parametrize("kind", [VERSIONING, "aws:s3/bucketVersioningV2:BucketVersioningV2"])
@pytest.mark.parametrize(
    "value", [{"status": "Enabled"}, {"status": "${unknown}"}, "${unknown until settings}"]
)
def test_a_bucket_that_keeps_versions_complies(
    build: Build, check_rule: CheckRule, kind: str, value: Any
) -> None:
    bucket = build(BUCKET)
    assert (
        check_rule(
            RULE,
            bucket,
            build(kind, "versioning", {"versioningConfiguration": value}, {"bucket": bucket}),
        )
        == []
    )


def test_versioning_that_is_off_is_named_where_it_is(build: Build, check_rule: CheckRule) -> None:
    bucket = build(BUCKET, "data")
    versioning = build(
        VERSIONING,
        "versioning",
        {"versioningConfiguration": {"status": "Suspended"}},
        {"bucket": bucket},
    )
    (breach,) = check_rule(RULE, bucket, versioning)
    assert (breach.urn, breach.property) == (versioning.urn, "versioningConfiguration")
    assert breach.reason == (
        "the versioning of bucket data is off: a dataset or model that is overwritten or "
        "deleted is lost"
    )


def test_a_bucket_without_versioning_is_named(build: Build, check_rule: CheckRule) -> None:
    (breach,) = check_rule(RULE, build(BUCKET, "data"))
    assert (
        breach.reason
        == "bucket data is not versioned: a dataset or model that is overwritten or deleted is lost"
    )


def test_inline_settings_of_older_versions_count(build: Build, check_rule: CheckRule) -> None:
    legacy = build(BUCKET, "legacy", {"versioning": {"enabled": True}})
    second = build("aws:s3/bucketV2:BucketV2", "v2", {"versionings": [{"enabled": True}]})
    assert check_rule(RULE, legacy, second) == []
    (breach,) = check_rule(RULE, build(BUCKET, "off", {"versioning": {"enabled": False}}))
    assert breach.property == "versioning"


def test_a_setting_belongs_to_the_bucket_it_names_among_those_it_depends_on(
    build: Build, check_rule: CheckRule
) -> None:
    data, logs = build(BUCKET, "data"), build(BUCKET, "logs")
    inputs = {"bucket": "${data.bucket}", "versioningConfiguration": {"status": "Enabled"}}
    versioning = build(VERSIONING, "versioning", inputs, {"bucket": [data, logs]})
    assert [breach.urn for breach in check_rule(RULE, data, logs, versioning)] == [logs.urn]


def test_it_is_about_buckets_only(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(
            RULE,
            build("aws:sns/topic:Topic"),
            build(VERSIONING, "alone", {"versioningConfiguration": {}}),
        )
        == []
    )
