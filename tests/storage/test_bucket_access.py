from collections.abc import Callable, Sequence
from typing import Any

import pulumi_aws as aws
from groundplan import iam
from groundplan.storage.access import read_statements, write_statements
from groundplan.testing import deploy, policy

BUCKET = "arn:aws:s3:::data"
KEY = "arn:aws:kms:us-east-1:111122223333:key/abc"


def written(statements: Callable[[], Sequence[iam.Statement]]) -> dict[str, dict[str, Any]]:
    plan = deploy(lambda: aws.iam.RolePolicy("p", role="r", policy=iam.document(statements())))
    return policy(plan.one("aws:iam/rolePolicy:RolePolicy").inputs["policy"])


def test_reads_are_limited_to_the_prefix_and_the_key() -> None:
    assert written(lambda: read_statements(BUCKET, KEY, "datasets/")) == {
        "ReadObjects": {
            "Sid": "ReadObjects",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:GetObjectVersion"],
            "Resource": f"{BUCKET}/datasets/*",
        },
        "ListObjects": {
            "Sid": "ListObjects",
            "Effect": "Allow",
            "Action": ["s3:ListBucket"],
            "Resource": BUCKET,
            "Condition": {"StringLike": {"s3:prefix": "datasets/*"}},
        },
        "LocateBucket": {
            "Sid": "LocateBucket",
            "Effect": "Allow",
            "Action": ["s3:GetBucketLocation"],
            "Resource": BUCKET,
        },
        "DecryptObjects": {
            "Sid": "DecryptObjects",
            "Effect": "Allow",
            "Action": ["kms:Decrypt"],
            "Resource": KEY,
        },
    }


def test_writes_are_limited_to_the_prefix_and_the_key() -> None:
    assert written(lambda: write_statements(BUCKET, KEY, "models/")) == {
        "WriteObjects": {
            "Sid": "WriteObjects",
            "Effect": "Allow",
            "Action": ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"],
            "Resource": f"{BUCKET}/models/*",
        },
        "EncryptObjects": {
            "Sid": "EncryptObjects",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": KEY,
        },
    }


def test_without_a_prefix_the_whole_bucket_is_listed_and_read() -> None:
    statements = written(lambda: read_statements(BUCKET, KEY))

    assert "Condition" not in statements["ListObjects"]
    assert statements["ReadObjects"]["Resource"] == f"{BUCKET}/*"


def test_a_bucket_without_a_key_needs_no_permission_on_one() -> None:
    assert set(written(lambda: read_statements(BUCKET, None))) == {
        "ReadObjects",
        "ListObjects",
        "LocateBucket",
    }
    assert set(written(lambda: write_statements(BUCKET, None))) == {"WriteObjects"}


def test_reading_and_writing_fit_into_one_document() -> None:
    both = written(
        lambda: [*read_statements(BUCKET, KEY, "in/"), *write_statements(BUCKET, KEY, "out/")]
    )

    assert len(both) == 6
