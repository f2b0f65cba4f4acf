from typing import Any

import pytest
from groundplan.storage.artifact_bucket.args import LifecycleArgs
from groundplan.storage.artifact_bucket.artifact_bucket import ArtifactBucket
from groundplan.storage.artifact_bucket.lifecycle import problems
from groundplan.testing import deploy

LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"

ABORT = {
    "id": "abort-multipart-uploads",
    "status": "Enabled",
    "filter": {"prefix": ""},
    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
}


def rules(lifecycle: LifecycleArgs) -> list[dict[str, Any]]:
    plan = deploy(lambda: ArtifactBucket("data", {"lifecycle": lifecycle}))
    found: list[dict[str, Any]] = plan.one(LIFECYCLE, "data-lifecycle").inputs["rules"]
    return found


def test_by_default_no_current_version_expires() -> None:
    assert rules({}) == [
        ABORT,
        {
            "id": "old-versions",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "expiration": {"expiredObjectDeleteMarker": True},
            "noncurrentVersionExpiration": {"noncurrentDays": 90},
        },
        {
            "id": "intelligent-tiering",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "transitions": [{"days": 30, "storageClass": "INTELLIGENT_TIERING"}],
        },
    ]


def test_zero_disables_the_rules_on_versions_and_tiering() -> None:
    assert rules({"noncurrent_days": 0, "intelligent_tiering_days": 0}) == [ABORT]


def test_arguments_set_the_days() -> None:
    registered = rules(
        {"noncurrent_days": 10, "intelligent_tiering_days": 20, "abort_multipart_days": 3}
    )

    assert registered[0]["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 3}
    assert registered[1]["noncurrentVersionExpiration"] == {"noncurrentDays": 10}
    assert registered[2]["transitions"] == [{"days": 20, "storageClass": "INTELLIGENT_TIERING"}]


def test_a_folder_can_expire() -> None:
    registered = rules(
        {"noncurrent_days": 0, "intelligent_tiering_days": 0, "expire": {"tmp/": 3, "runs/a/": 14}}
    )

    assert registered[1:] == [
        {
            "id": "expire-runs/a/",
            "status": "Enabled",
            "filter": {"prefix": "runs/a/"},
            "expiration": {"days": 14},
        },
        {
            "id": "expire-tmp/",
            "status": "Enabled",
            "filter": {"prefix": "tmp/"},
            "expiration": {"days": 3},
        },
    ]


@pytest.mark.parametrize(
    ("lifecycle", "key"),
    [
        ({"noncurrent_days": -1}, "noncurrent_days"),
        ({"intelligent_tiering_days": 36_501}, "intelligent_tiering_days"),
        ({"abort_multipart_days": 0}, "abort_multipart_days"),
        ({"expire": {"tmp/": 0}}, "expire.tmp/"),
        ({"expire": {"tmp": 1}}, "expire"),
        ({"expire": {"": 1}}, "expire"),
    ],
)
def test_values_that_s3_does_not_accept_are_refused(lifecycle: LifecycleArgs, key: str) -> None:
    assert [problem.key for problem in problems(lifecycle)] == [key]


def test_the_bounds_themselves_are_allowed() -> None:
    assert (
        problems(
            {
                "noncurrent_days": 0,
                "intelligent_tiering_days": 0,
                "abort_multipart_days": 1,
                "expire": {"t/": 1},
            }
        )
        == []
    )
