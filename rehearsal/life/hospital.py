"""The hospital: its system exports what its scanner measured, as files in the bucket,
under a role of its own that may do nothing else."""

from typing import TYPE_CHECKING

from rehearsal.account.names import ACCOUNT
from rehearsal.life import data
from rehearsal.permissions.guard import Principal, acting
from rehearsal.permissions.policies import Role, Statement

if TYPE_CHECKING:
    from rehearsal.account.account import Account

EXPORTER = Principal(f"arn:aws:iam::{ACCOUNT}:role/hospital-exporter", "export")
RAW = "raw/{0}/"
"""The folder of an export, by the name of its dataset: an agreement with the hospital,
which the settings of the pipelines follow."""


def role(bucket: str, key_arn: str) -> Role:
    """Returns the role of the hospital's system, which is no part of the stack."""

    def allows(sid: str, action: str, resource: str) -> Statement:
        return Statement("hospital-exporter", sid, "Allow", (action,), (resource,), {}, {})

    return Role(
        "hospital-exporter",
        EXPORTER.arn,
        (),
        (
            allows("WriteRaw", "s3:PutObject", f"arn:aws:s3:::{bucket}/raw/*"),
            allows("EncryptRaw", "kms:GenerateDataKey", key_arn),
        ),
    )


def export(
    account: "Account", bucket: str, dataset: str, export_of: data.Export, files: int
) -> int:
    """Writes an export over the one before. Returns how many lines its files have."""
    texts = data.raw(export_of, files)
    with acting(EXPORTER):
        s3 = account.client("s3")
        for number, text in enumerate(texts):
            key = f"{RAW.format(dataset)}part-{number}.csv"
            s3.put_object(Bucket=bucket, Key=key, Body=text.encode())
    return sum(text.count("\n") for text in texts) - files
