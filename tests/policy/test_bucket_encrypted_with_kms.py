from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.bucket_encrypted_with_kms import RULE

BUCKET = "aws:s3/bucket:Bucket"
SETTING = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
OLD_SETTING = (
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
)
LOGGING = "aws:s3/bucketLogging:BucketLogging"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


def rules(algorithm: str) -> dict[str, Any]:
    return {
        "rules": [
            {
                "applyServerSideEncryptionByDefault": {
                    "sseAlgorithm": algorithm,
                    "kmsMasterKeyId": "${key.arn}",
                }
            }
        ]
    }


@pytest.mark.parametrize("setting", [SETTING, OLD_SETTING])
@pytest.mark.parametrize("algorithm", ["aws:kms", "aws:kms:dsse", "${unknown until config}"])
def test_a_bucket_with_a_key_complies(
    build: Build, check_rule: CheckRule, setting: str, algorithm: str
) -> None:
    bucket = build(BUCKET)
    assert (
        check_rule(RULE, bucket, build(setting, "encryption", rules(algorithm), {"bucket": bucket}))
        == []
    )


def test_an_unknown_setting_is_no_breach(build: Build, check_rule: CheckRule) -> None:
    bucket = build(BUCKET)
    assert (
        check_rule(
            RULE,
            bucket,
            build(SETTING, "encryption", {"rules": "${unknown until key}"}, {"bucket": bucket}),
        )
        == []
    )


@pytest.mark.parametrize("setting", [SETTING, OLD_SETTING])
def test_aes256_is_not_enough(build: Build, check_rule: CheckRule, setting: str) -> None:
    bucket = build(BUCKET, "data")
    encryption = build(setting, "encryption", rules("AES256"), {"bucket": bucket})
    (breach,) = check_rule(RULE, bucket, encryption)
    assert breach.urn == encryption.urn
    assert breach.reason == (
        "bucket data encrypts with AES256: read access to the bucket is enough to read its objects"
    )
    assert breach.property == "rules"


def test_an_unrelated_setting_sets_no_key(build: Build, check_rule: CheckRule) -> None:
    bucket = build(BUCKET, "data")
    setting = build(
        SETTING, "encryption", {"rules": [{"bucketKeyEnabled": True}]}, {"bucket": bucket}
    )
    (breach,) = check_rule(RULE, bucket, setting)
    assert breach.reason.startswith("bucket data has no KMS key")


def test_a_bucket_without_a_key_is_named(build: Build, check_rule: CheckRule) -> None:
    (breach,) = check_rule(RULE, build(BUCKET, "data"))
    assert (
        breach.reason
        == "bucket data has no KMS key: read access to the bucket is enough to read its objects"
    )


INLINE = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}
INLINE_V2 = {"applyServerSideEncryptionByDefaults": [{"sseAlgorithm": "aws:kms"}]}


def test_inline_settings_of_older_versions_count(build: Build, check_rule: CheckRule) -> None:
    legacy = build(BUCKET, "legacy", {"serverSideEncryptionConfiguration": {"rule": INLINE}})
    second = build(
        "aws:s3/bucketV2:BucketV2",
        "v2",
        {"serverSideEncryptionConfigurations": [{"rules": [INLINE_V2]}]},
    )
    assert check_rule(RULE, legacy, second) == []
    weak = {"rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}}
    (breach,) = check_rule(RULE, build(BUCKET, "weak", {"serverSideEncryptionConfiguration": weak}))
    assert breach.property == "serverSideEncryptionConfiguration"


def test_a_bucket_for_access_logs_is_exempt(build: Build, check_rule: CheckRule) -> None:
    logs = build(BUCKET, "logs")
    data = build(
        BUCKET, "data", {"loggings": [{"targetBucket": "${logs.bucket}"}]}, {"loggings": logs}
    )
    assert [breach.urn for breach in check_rule(RULE, logs, data)] == [data.urn]
    logging = build(LOGGING, "logging", {}, {"targetBucket": logs})
    assert check_rule(RULE, logs, logging) == []
    balancer = build("aws:lb/loadBalancer:LoadBalancer", "web", {}, {"accessLogs": logs})
    assert check_rule(RULE, logs, balancer) == []


def test_a_bucket_is_not_exempt_for_logging_elsewhere(build: Build, check_rule: CheckRule) -> None:
    logs, data = build(BUCKET, "logs"), build(BUCKET, "data")
    logging = build(
        LOGGING,
        "logging",
        {"targetBucket": "${logs.bucket}"},
        {"bucket": data, "targetBucket": logs},
    )
    assert [breach.urn for breach in check_rule(RULE, logs, data, logging)] == [data.urn]


def test_a_bucket_whose_policy_allows_s3_log_delivery_is_exempt(
    build: Build, check_rule: CheckRule
) -> None:
    logs = build(BUCKET, "logs")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
    }
    assert (
        check_rule(
            RULE,
            logs,
            build(
                "aws:s3/bucketPolicy:BucketPolicy",
                "p",
                {"policy": {"Statement": statement}},
                {"bucket": logs},
            ),
        )
        == []
    )


def test_it_is_about_buckets_only(build: Build, check_rule: CheckRule) -> None:
    assert (
        check_rule(RULE, build("aws:sns/topic:Topic"), build(SETTING, "alone", rules("AES256")))
        == []
    )
