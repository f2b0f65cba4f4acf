"""Data that would be lost, at once or later."""

from typing import Any

import pytest
from groundplan.diff.changes import Change, Kind, PropertyChange
from groundplan.manifest.model import Resource
from risk_changes import change, resource, risks_of, stated

BUCKET = "aws:s3/bucket:Bucket"
KEY = "aws:kms/key:Key"
DATABASE = "aws:rds/instance:Instance"
LOST = "The bucket data is deleted, with all objects in it"
KEPT = "The bucket data leaves the program, but stays in the cloud with all objects in it"
PROTECTED = "it is protected, so the engine refuses until protect is removed"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"


@pytest.mark.parametrize(
    ("gone", "level", "words"),
    [
        (resource(BUCKET, "data", forceDestroy=True), "high", f"{LOST}."),
        (
            resource(BUCKET, "data"),
            "medium",
            f"{LOST}; AWS refuses while it isn't empty, as forceDestroy is not set.",
        ),
        (
            resource(BUCKET, "data", options={"protect": True}, forceDestroy=True),
            "medium",
            f"{LOST}; {PROTECTED}.",
        ),
        (
            resource(BUCKET, "data", options={"retainOnDelete": True}, forceDestroy=True),
            "low",
            f"{KEPT}.",
        ),
        (
            resource(BUCKET, "data", options={"retainOnDelete": True, "protect": True}),
            "low",
            f"{KEPT}; {PROTECTED}.",
        ),
        (
            resource(KEY, "key", deletionWindowInDays=7),
            "high",
            (
                "The encryption key key is deleted, with everything that is encrypted with it, 7 "
                "days later."
            ),
        ),
        (
            resource(KEY, "key"),
            "high",
            (
                "The encryption key key is deleted, with everything that is encrypted with it, 30 "
                "days later."
            ),
        ),
        (
            resource("aws:secretsmanager/secret:Secret", "token", recoveryWindowInDays=0),
            "high",
            "The secret token is deleted, with its value, at once.",
        ),
        (
            resource("aws:cloudwatch/logGroup:LogGroup", "logs"),
            "medium",
            "The log group logs is deleted, with all logs in it.",
        ),
        (
            resource("aws:cloudwatch/logGroup:LogGroup", "logs", skipDestroy=True),
            "low",
            "The log group logs leaves the program, but stays in the cloud with all logs in it.",
        ),
        (
            resource("kubernetes:core/v1:PersistentVolumeClaim", "scratch"),
            "high",
            "The volume claim scratch is deleted, with the data on its volume.",
        ),
        (
            resource("aws:sagemaker/modelPackageGroup:ModelPackageGroup", "churn"),
            "high",
            "The model package group churn is deleted, with all model versions in it.",
        ),
    ],
)
def test_a_deletion_names_what_is_lost_and_what_prevents_it(
    gone: Resource, level: str, words: str
) -> None:
    assert stated(change(gone, None)) == [(level, "data-loss", words)]


@pytest.mark.parametrize(
    ("inputs", "level", "rest"),
    [
        ({"skipFinalSnapshot": True}, "high", ""),
        (
            {"finalSnapshotIdentifier": "last"},
            "medium",
            "; a final snapshot is taken first",
        ),
        ({}, "medium", "; the provider refuses without finalSnapshotIdentifier"),
        (
            {"deletionProtection": True, "skipFinalSnapshot": True},
            "medium",
            "; AWS refuses while deletionProtection is on",
        ),
    ],
)
def test_a_database_is_saved_by_its_last_snapshot_or_its_protection(
    inputs: Any, level: str, rest: str
) -> None:
    statements = stated(change(resource(DATABASE, "db", **inputs), None))
    assert (
        level,
        "data-loss",
        f"The database db is deleted, with all its data{rest}.",
    ) in statements


def test_a_replacement_of_a_data_store_names_its_cause() -> None:
    before, after = (
        resource(BUCKET, "data", bucket="a", forceDestroy=True),
        resource(BUCKET, "data", bucket="b"),
    )
    (risk,) = risks_of(change(before, after, Kind.REPLACE, "bucket"))
    assert (
        risk.words
        == "The bucket data is replaced, and the old one is deleted, with all objects in it."
    )
    assert risk.because == "bucket: a -> b; forceDestroy is true"
    assert risk.level.value == "high"


def test_a_replacement_of_what_is_retained_leaves_the_data_behind() -> None:
    kept = {"retainOnDelete": True}
    sides = (
        resource(BUCKET, "data", bucket="a", options=kept),
        resource(BUCKET, "data", bucket="b", options=kept),
    )
    words = (
        "The bucket data is replaced by an empty one; the old one stays in the cloud with all "
        "objects in it."
    )
    assert stated(change(*sides, Kind.REPLACE)) == [("low", "data-loss", words)]


def test_forced_destruction_counts_as_it_is_in_the_cloud_not_as_it_will_be() -> None:
    sides = resource(BUCKET, "data", forceDestroy=True), resource(BUCKET, "data")
    assert stated(change(*sides, Kind.REPLACE))[0][0] == "high"


def test_protection_that_is_removed_with_a_replacement_does_not_prevent_it() -> None:
    """pulumi/pulumi, step_generator.go: "we do allow unprotecting and replacing to
    happen in a single update"."""
    before = resource(BUCKET, "data", forceDestroy=True, options={"protect": True})
    bare = resource(BUCKET, "data", forceDestroy=True)
    assert risks_of(change(before, bare, Kind.REPLACE))[0].level.value == "high"
    assert risks_of(change(before, before, Kind.REPLACE))[0].prevents_up


def test_a_change_of_which_it_is_not_known_whether_it_replaces_is_reported() -> None:
    sides = resource(BUCKET, "data", strange=1), resource(BUCKET, "data", strange=2)
    unsure = Change(Kind.UPDATE, *sides, (PropertyChange("strange", 1, 2),))
    words = (
        "It isn't known whether a new strange replaces the bucket data; if so, the old one goes "
        "with all objects in it"
    )
    refusal = "; AWS refuses while it isn't empty, as forceDestroy is not set."
    assert stated(unsure) == [("medium", "data-loss", words + refusal)]
    assert stated(Change(Kind.UPDATE, *sides, (PropertyChange("strange", 1, 2, False),))) == []


@pytest.mark.parametrize(
    ("options", "inputs", "level"),
    [
        ({}, {"forceDestroy": True}, "high"),
        ({"protect": True}, {"forceDestroy": True}, "medium"),
        ({"retainOnDelete": True}, {"forceDestroy": True}, "low"),
    ],
)
def test_what_could_be_lost_decides_how_severe_an_unknown_replacement_is(
    options: dict[str, Any], inputs: dict[str, Any], level: str
) -> None:
    sides = [resource(BUCKET, "data", options=options, strange=n, **inputs) for n in (1, 2)]
    unsure = Change(Kind.UPDATE, sides[0], sides[1], (PropertyChange("strange", 1, 2),))
    assert [risk.level.value for risk in risks_of(unsure)] == [level]


def test_of_a_type_without_facts_no_change_is_said_to_lose_data() -> None:
    type_ = "aws-native:efs:FileSystem"
    sides = [resource(type_, "data", strange=number) for number in (1, 2)]
    unsure = Change(Kind.UPDATE, sides[0], sides[1], (PropertyChange("strange", 1, 2),))
    assert [risk.level.value for risk in risks_of(unsure)] == ["medium"]


def rule(
    prefix: str = "", days: int | None = None, old: int | None = None, status: str = "Enabled"
) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": f"r{prefix}", "status": status, "filter": {"prefix": prefix}}
    rule |= {"expiration": {"days": days}} if days else {}
    return rule | ({"noncurrentVersionExpiration": {"noncurrentDays": old}} if old else {})


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            [rule(days=90)],
            [rule(days=30)],
            [("high", "deletes objects after 30 days in place of 90.")],
        ),
        (
            [],
            [rule("raw/", days=30)],
            [("high", "deletes objects below raw/ after 30 days, where they never expired.")],
        ),
        ([rule(days=7)], [rule("raw/", days=30)], []),
        ([rule(days=30)], [rule(days=90)], []),
        ([rule(days=30)], [], []),
        ([], [rule(days=30, status="Disabled")], []),
        ([rule(days=30)], [{**rule(days=30), "id": "renamed"}], []),
        (
            [rule(old=365)],
            [rule(old=7)],
            [("medium", "deletes old versions of objects after 7 days in place of 365.")],
        ),
    ],
)
def test_a_lifecycle_that_deletes_sooner_is_reported(
    before: Any, after: Any, expected: Any
) -> None:
    bucket = resource(BUCKET, "data")
    old, new = (
        resource(LIFECYCLE, "rules", {"bucket": bucket}, bucket="${data.bucket}", rules=rules)
        for rules in (before, after)
    )
    assert stated(change(old, new), also=(bucket,)) == [
        (level, "data-loss", f"The bucket data {words}") for level, words in expected
    ]


def test_a_lifecycle_of_a_new_bucket_is_no_risk_and_one_of_an_old_bucket_is() -> None:
    bucket = resource(BUCKET, "data")
    rules = resource(
        LIFECYCLE, "rules", {"bucket": bucket}, bucket="${data.bucket}", rules=[rule(days=30)]
    )
    assert stated(change(None, bucket), change(None, rules)) == []
    assert len(stated(change(None, rules), also=(bucket,))) == 1


def test_versioning_that_ends_is_reported_unless_the_bucket_is_deleted_too() -> None:
    bucket = resource(BUCKET, "data", forceDestroy=True)
    type_ = "aws:s3/bucketVersioning:BucketVersioning"
    on, off = (
        resource(
            type_,
            "v",
            {"bucket": bucket},
            bucket="${data.bucket}",
            versioningConfiguration={"status": status},
        )
        for status in ("Enabled", "Suspended")
    )
    words = (
        "The bucket data no longer keeps old versions: what is overwritten or deleted from now "
        "on is lost."
    )
    assert stated(change(on, off), also=(bucket,)) == [("medium", "data-loss", words)]
    assert stated(change(on, None), also=(bucket,)) == [("medium", "data-loss", words)]
    assert stated(change(off, on), also=(bucket,)) == []
    assert stated(change(on, None), change(bucket, None)) == [("high", "data-loss", f"{LOST}.")]


def test_an_object_lock_that_weakens_is_reported() -> None:
    type_ = "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"

    def lock(mode: str, **time: int) -> Resource:
        return resource(
            type_, "lock", bucket="data", rule={"defaultRetention": {"mode": mode, **time}}
        )

    expected = [
        (
            "medium",
            "data-loss",
            "The bucket data locks new objects against deletion less firmly than before.",
        )
    ]
    assert stated(change(lock("COMPLIANCE", days=30), lock("GOVERNANCE", days=30))) == expected
    assert stated(change(lock("COMPLIANCE", years=1), lock("COMPLIANCE", days=364))) == expected
    assert stated(change(lock("GOVERNANCE", days=30), lock("COMPLIANCE", days=30))) == []


RESCUE = "The encryption key x can be recovered after a deletion for 7 days in place of 30."


@pytest.mark.parametrize(
    ("type_", "before", "after", "expected"),
    [
        (KEY, {"deletionWindowInDays": 30}, {"deletionWindowInDays": 7}, RESCUE),
        (KEY, {}, {"deletionWindowInDays": 7}, RESCUE),
        (KEY, {"deletionWindowInDays": 7}, {"deletionWindowInDays": 30}, None),
        (
            DATABASE,
            {"backupRetentionPeriod": 7},
            {"backupRetentionPeriod": 1},
            "The database x keeps its backups for 1 day in place of 7.",
        ),
        (
            DATABASE,
            {"backupRetentionPeriod": 7},
            {"backupRetentionPeriod": 0},
            "The database x keeps no automatic backups any more, in place of 7 days of them.",
        ),
        (
            DATABASE,
            {},
            {"skipFinalSnapshot": True},
            "The database x would now be deleted without a final snapshot.",
        ),
        (
            BUCKET,
            {},
            {"forceDestroy": True},
            "The bucket x would now be deleted with all objects in it.",
        ),
        (BUCKET, {"forceDestroy": True}, {"forceDestroy": False}, None),
        (
            "aws:dynamodb/table:Table",
            {"pointInTimeRecovery": {"enabled": True}},
            {},
            "The table x can no longer be restored to an earlier point in time.",
        ),
        ("aws:dynamodb/table:Table", {}, {"name": "t"}, None),
    ],
)
def test_what_is_kept_for_a_shorter_time_is_reported(
    type_: str, before: Any, after: Any, expected: str | None
) -> None:
    statements = stated(
        change(resource(type_, "x", **before, z=1), resource(type_, "x", **after, z=1))
    )
    assert [words for _, _, words in statements] == ([expected] if expected else [])


def test_copies_that_end_are_reported() -> None:
    bucket = resource(BUCKET, "data")
    copy = resource(
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        "copy",
        {"bucket": bucket},
        bucket="${data.id}",
    )
    assert stated(change(copy, None), also=(bucket,)) == [
        ("medium", "data-loss", "The bucket data is no longer replicated to another bucket.")
    ]


@pytest.mark.parametrize(
    ("type_", "inputs", "words"),
    [
        (
            "aws:ecr/replicationConfiguration:ReplicationConfiguration",
            {},
            (
                "The replication configuration copy is deleted: images are no longer copied to "
                "another region."
            ),
        ),
        (
            "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",
            {"sourceDbInstanceArn": "arn:aws:rds:us-east-1:1:db:x"},
            (
                "The backup replication copy is deleted: backups of the database are no longer "
                "copied to another region."
            ),
        ),
    ],
)
def test_copies_of_images_and_backups_that_end_are_reported(
    type_: str, inputs: dict[str, Any], words: str
) -> None:
    assert stated(change(resource(type_, "copy", **inputs), None)) == [
        ("medium", "data-loss", words)
    ]


RULE = {
    "id": "a",
    "status": "Enabled",
    "filter": {"prefix": "models/"},
    "destination": {"bucket": "arn:aws:s3:::copies"},
}


@pytest.mark.parametrize(
    ("after", "reported"),
    [
        ([{**RULE, "status": "Disabled"}], True),
        ([{**RULE, "filter": {"prefix": "models/a/"}}], True),
        ([{**RULE, "destination": {"bucket": "arn:aws:s3:::others"}}], True),
        ([{**RULE, "filter": {"and": {"prefix": "models/", "tags": {"a": "b"}}}}], True),
        ([{**RULE, "filter": {"prefix": ""}}], False),
        ([{**RULE, "deleteMarkerReplication": {"status": "Enabled"}}], False),
        ([{**RULE, "status": "Disabled"}, {**RULE, "id": "b"}], False),
    ],
)
def test_a_rule_of_replication_that_ends_or_narrows_is_reported(
    after: list[dict[str, Any]], reported: bool
) -> None:
    type_ = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
    old = resource(type_, "copy", bucket="data", rules=[RULE])
    words = "The bucket data is no longer replicated, or only in part, to copies."
    expected = [("medium", "data-loss", words)] if reported else []
    assert stated(change(old, resource(type_, "copy", bucket="data", rules=after))) == expected


def test_images_of_a_repository_that_leaves_the_replication_are_reported() -> None:
    type_ = "aws:ecr/replicationConfiguration:ReplicationConfiguration"

    def copied(*repositories: str) -> Any:
        filters = [{"filter": name, "filterType": "PREFIX_MATCH"} for name in repositories]
        rule = {"destinations": [{"region": "us-west-2"}], "repositoryFilters": filters}
        return resource(type_, "copy", replicationConfiguration={"rules": [rule]})

    words = "Images are no longer replicated, or only in part, to us-west-2."
    assert stated(change(copied("a/x", "a/y"), copied("a/x"))) == [("medium", "data-loss", words)]
    assert stated(change(copied("a/x"), copied("a/x", "a/y"))) == []


def test_images_that_a_repository_deletes_by_a_new_rule_are_reported() -> None:
    type_ = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
    old = resource(type_, "images", repository="r", policy='{"rules": [{"rulePriority": 1}]}')
    new = resource(
        type_,
        "images",
        repository="r",
        policy='{"rules": [{"rulePriority": 1}, {"rulePriority": 2}]}',
    )
    words = "The image repository of images deletes images by a rule that it did not have before."
    assert stated(change(old, new)) == [("low", "data-loss", words)]
    assert stated(change(new, old)) == []
