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

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]


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
    make: Make, judge: Judge, setting: str, algorithm: str
) -> None:
    bucket = make(BUCKET)
    assert (
        judge(RULE, bucket, make(setting, "encryption", rules(algorithm), {"bucket": bucket})) == []
    )


def test_an_unknown_setting_is_no_breach(make: Make, judge: Judge) -> None:
    bucket = make(BUCKET)
    assert (
        judge(
            RULE,
            bucket,
            make(SETTING, "encryption", {"rules": "${unknown until key}"}, {"bucket": bucket}),
        )
        == []
    )


@pytest.mark.parametrize("setting", [SETTING, OLD_SETTING])
def test_aes256_is_not_enough(make: Make, judge: Judge, setting: str) -> None:
    bucket = make(BUCKET, "data")
    encryption = make(setting, "encryption", rules("AES256"), {"bucket": bucket})
    (breach,) = judge(RULE, bucket, encryption)
    assert breach.urn == encryption.urn
    assert (
        breach.reason
        == "bucket data encrypts with AES256: whoever may read the bucket can read its objects"
    )
    assert breach.property == "rules"


def test_a_setting_about_something_else_gives_no_key(make: Make, judge: Judge) -> None:
    bucket = make(BUCKET, "data")
    setting = make(
        SETTING, "encryption", {"rules": [{"bucketKeyEnabled": True}]}, {"bucket": bucket}
    )
    (breach,) = judge(RULE, bucket, setting)
    assert breach.reason.startswith("bucket data has no key of its own")


def test_a_bucket_without_a_key_is_named(make: Make, judge: Judge) -> None:
    (breach,) = judge(RULE, make(BUCKET, "data"))
    assert (
        breach.reason
        == "bucket data has no key of its own: whoever may read the bucket can read its objects"
    )


INLINE = {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}
INLINE_V2 = {"applyServerSideEncryptionByDefaults": [{"sseAlgorithm": "aws:kms"}]}


def test_inline_settings_of_older_versions_count(make: Make, judge: Judge) -> None:
    legacy = make(BUCKET, "legacy", {"serverSideEncryptionConfiguration": {"rule": INLINE}})
    second = make(
        "aws:s3/bucketV2:BucketV2",
        "v2",
        {"serverSideEncryptionConfigurations": [{"rules": [INLINE_V2]}]},
    )
    assert judge(RULE, legacy, second) == []
    weak = {"rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}}
    (breach,) = judge(RULE, make(BUCKET, "weak", {"serverSideEncryptionConfiguration": weak}))
    assert breach.property == "serverSideEncryptionConfiguration"


def test_a_bucket_that_takes_access_logs_is_exempt(make: Make, judge: Judge) -> None:
    logs = make(BUCKET, "logs")
    data = make(
        BUCKET, "data", {"loggings": [{"targetBucket": "${logs.bucket}"}]}, {"loggings": logs}
    )
    assert [breach.urn for breach in judge(RULE, logs, data)] == [data.urn]
    logging = make(LOGGING, "logging", {}, {"targetBucket": logs})
    assert judge(RULE, logs, logging) == []
    balancer = make("aws:lb/loadBalancer:LoadBalancer", "web", {}, {"accessLogs": logs})
    assert judge(RULE, logs, balancer) == []


def test_a_bucket_is_not_exempt_for_logging_elsewhere(make: Make, judge: Judge) -> None:
    logs, data = make(BUCKET, "logs"), make(BUCKET, "data")
    logging = make(
        LOGGING,
        "logging",
        {"targetBucket": "${logs.bucket}"},
        {"bucket": data, "targetBucket": logs},
    )
    assert [breach.urn for breach in judge(RULE, logs, data, logging)] == [data.urn]


def test_a_bucket_whose_policy_lets_s3_deliver_logs_is_exempt(make: Make, judge: Judge) -> None:
    logs = make(BUCKET, "logs")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
    }
    assert (
        judge(
            RULE,
            logs,
            make(
                "aws:s3/bucketPolicy:BucketPolicy",
                "p",
                {"policy": {"Statement": statement}},
                {"bucket": logs},
            ),
        )
        == []
    )


def test_it_is_about_buckets_only(make: Make, judge: Judge) -> None:
    assert judge(RULE, make("aws:sns/topic:Topic"), make(SETTING, "alone", rules("AES256"))) == []
