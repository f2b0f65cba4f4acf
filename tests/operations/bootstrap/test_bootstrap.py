"""`groundplan bootstrap` against moto."""

import json
from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import moto_lookups
import pytest
from botocore.client import BaseClient  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from click.testing import CliRunner, Result
from groundplan.cli import main
from moto import mock_aws

BUCKET = "pulumi-state-123456789012-eu-west-1"
PARTS = {
    "KMS key",
    "key rotation",
    "bucket",
    "public access block",
    "versioning",
    "encryption",
    "policy",
    "lifecycle",
}


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with moto_lookups.once(), mock_aws():
        yield


def run(*args: str, answer: str | None = None) -> Result:
    words = ["bootstrap", "--region", "eu-west-1", *args]
    return CliRunner().invoke(main, words, input=answer)


def s3() -> Any:
    return boto3.client("s3", region_name="eu-west-1")


def statuses(result: Result) -> dict[str, str]:
    return {part["name"]: part["status"] for part in json.loads(result.stdout)["parts"]}


def test_the_state_is_private_encrypted_versioned_and_locked() -> None:
    result = run("--yes", "--json")
    assert result.exit_code == 0, result.output
    assert statuses(result) == dict.fromkeys(PARTS, "exists")
    blocked = s3().get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert all(blocked.values())
    assert s3().get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    (rule,) = s3().get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"][
        "Rules"
    ]
    default = rule["ApplyServerSideEncryptionByDefault"]
    kms = boto3.client("kms", region_name="eu-west-1")
    key = kms.describe_key(KeyId="alias/pulumi-state")["KeyMetadata"]["Arn"]
    assert default == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    policy = json.loads(s3().get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    tls, versions = policy
    assert tls["Effect"] == versions["Effect"] == "Deny"
    assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert versions["Action"] == "s3:DeleteObjectVersion"
    (rule,) = s3().get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 365


def test_a_second_run_changes_nothing() -> None:
    run("--yes")
    before = s3().get_bucket_policy(Bucket=BUCKET)["Policy"]
    again = run("--dry-run", "--json")
    assert again.exit_code == 0
    assert set(statuses(again).values()) == {"exists"}
    assert run("--yes").exit_code == 0
    assert s3().get_bucket_policy(Bucket=BUCKET)["Policy"] == before
    assert len(boto3.client("kms", region_name="eu-west-1").list_keys()["Keys"]) == 1


def test_a_dry_run_creates_nothing_and_says_that_there_is_something_to_do() -> None:
    result = run("--dry-run", "--json")
    assert result.exit_code == 3
    assert set(statuses(result).values()) == {"create"}
    assert s3().list_buckets()["Buckets"] == []


def test_what_an_existing_bucket_lacks_is_added_and_the_rest_stays() -> None:
    place = {"LocationConstraint": "eu-west-1"}
    s3().create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    s3().put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    own = {
        "Sid": "Own",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    document = {"Version": "2012-10-17", "Statement": [own]}
    s3().put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))
    planned = statuses(run("--dry-run", "--json"))
    assert planned["bucket"] == "exists"
    assert planned["versioning"] == "exists"
    assert planned["policy"] == "change"
    assert run("--yes").exit_code == 0
    statements = json.loads(s3().get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert [one["Sid"] for one in statements] == [
        "Own",
        "DenyInsecureTransport",
        "DenyDeletionOfVersions",
    ]


def test_nothing_is_created_without_a_yes() -> None:
    result = run(answer="n\n")
    assert result.exit_code == 1
    assert s3().list_buckets()["Buckets"] == []
    assert run(answer="y\n").exit_code == 0
    assert [bucket["Name"] for bucket in s3().list_buckets()["Buckets"]] == [BUCKET]


def test_it_says_what_to_run_next() -> None:
    result = run("--yes", "--bucket", "our-state")
    assert "pulumi login 's3://our-state?region=eu-west-1&awssdk=v2'" in result.output
    provider = "--secrets-provider 'awskms://alias/pulumi-state?region=eu-west-1'"
    assert f"pulumi stack init prod {provider}" in result.output


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["--bucket", "Our_State"], "--bucket"),
        (["--key-alias", "state"], "alias/NAME"),
        (["--key-alias", "alias/aws/s3"], "alias/NAME"),
        (["--json"], "--yes"),
    ],
)
def test_misuse_is_one_sentence(args: list[str], word: str) -> None:
    result = run(*args)
    assert result.exit_code == 2
    assert word in result.output


def test_without_a_region_it_stops() -> None:
    result = CliRunner().invoke(main, ["bootstrap", "--yes"])
    assert result.exit_code == 1
    assert "AWS_REGION" in result.output


@pytest.mark.parametrize(
    ("code", "status"), [("403", 403), ("AccessDenied", 403), ("301", 301), ("400", 400)]
)
def test_a_bucket_that_is_not_the_accounts_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, code: str, status: int
) -> None:
    calls: list[str] = []
    real = BaseClient._make_api_call

    def answered(client: Any, operation: str, parameters: Any) -> Any:
        calls.append(operation)
        if operation == "HeadBucket":
            metadata = {"HTTPStatusCode": status}
            answer: Any = {"Error": {"Code": code}, "ResponseMetadata": metadata}
            raise ClientError(answer, operation)
        return real(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", answered)
    result = run("--yes", "--bucket", "taken")
    assert result.exit_code == 1
    assert "taken" in result.output
    assert "--bucket with another name" in result.output
    assert not [call for call in calls if call.startswith(("Create", "Put", "Enable"))]


def keys() -> Any:
    return boto3.client("kms", region_name="eu-west-1")


def test_a_key_that_is_deleted_soon_is_named_and_nothing_is_created() -> None:
    key = keys().create_key()["KeyMetadata"]["KeyId"]
    keys().create_alias(AliasName="alias/pulumi-state", TargetKeyId=key)
    keys().schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    result = run("--yes")
    assert result.exit_code == 1
    assert "The key alias/pulumi-state is PendingDeletion" in result.output
    assert s3().list_buckets()["Buckets"] == []


def refusing(monkeypatch: pytest.MonkeyPatch, refused: str) -> None:
    """Denies one operation of AWS."""
    real = BaseClient._make_api_call

    def answered(client: Any, operation: str, parameters: Any) -> Any:
        if operation == refused:
            answer: Any = {"Error": {"Code": "AccessDeniedException", "Message": "denied"}}
            raise ClientError(answer, operation)
        return real(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", answered)


def test_a_key_whose_alias_is_denied_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    refusing(monkeypatch, "CreateAlias")
    assert run("--yes").exit_code == 1
    (key,) = keys().list_keys()["Keys"]
    assert keys().describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "PendingDeletion"


@pytest.mark.parametrize("region", ["mars", "us-east", "eu-west-1; rm", "EU-WEST-1"])
def test_what_is_no_region_is_refused_before_anybody_is_called(region: str) -> None:
    result = CliRunner().invoke(main, ["bootstrap", "--region", region, "--dry-run"])
    assert result.exit_code == 2
    assert "expected the name of a region, such as us-east-1" in " ".join(result.output.split())


def test_a_bucket_in_another_region_is_not_taken_for_one_of_this(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = BaseClient._make_api_call

    def answered(client: Any, operation: str, parameters: Any) -> Any:
        answer = real(client, operation, parameters) if operation != "HeadBucket" else {}
        return {"BucketRegion": "us-west-2"} if operation == "HeadBucket" else answer

    monkeypatch.setattr(BaseClient, "_make_api_call", answered)
    result = run("--dry-run")
    assert result.exit_code == 1
    assert "is in another region. Fix: --bucket with another name" in result.output
