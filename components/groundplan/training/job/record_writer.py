"""Writes the record of a run to its bucket: what an init container of its job executes.

    python -m groundplan.training.job.record_writer

All nodes of a run do; each finds what the first has written. A record is never
overwritten, and one that is not the run's own ends the job. What needs boto3 imports it
late: the module's names are also those of the job's manifest.
"""

import hashlib
import os
import pathlib
import sys
from collections.abc import Mapping
from typing import Any

from groundplan import s3_uris

FOLDER, NAME, URI = "/etc/groundplan/record", "run.json", "GROUNDPLAN_RECORD"


class Refused(Exception):
    """The record can't be written."""


def write(s3: Any, uri: str, text: str) -> bool:
    """Writes a record. Returns whether it is new. Raises `Refused` if it is not that of
    the run, or another one is there."""
    bucket, key = s3_uris.split(uri)
    run = hashlib.sha256(text.encode()).hexdigest()
    if key.split("/")[-2:-1] != [run]:
        raise Refused(f"{uri} is not of run {run}. Fix: `pulumi up`")
    if _put(s3, bucket, key, text):
        return True
    there = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    if there != text.encode():
        raise Refused(f"Another record is at {uri}. Fix: find out who wrote it, and remove it")
    return False


def _put(s3: Any, bucket: str, key: str, text: str) -> bool:
    """Returns whether the object is new."""
    from botocore.exceptions import ClientError  # type: ignore[import-untyped]

    from groundplan import aws

    while True:
        try:
            s3.put_object(
                Bucket=bucket,
                Key=key,
                Body=text.encode(),
                ContentType="application/json",
                IfNoneMatch="*",
            )
        except ClientError as error:
            if aws.is_precondition(error):
                return False
            if aws.code(error) == "ConditionalRequestConflict":
                continue  # two nodes at the same moment, of which neither wrote
            raise
        return True


def main(environment: Mapping[str, str], folder: str = FOLDER) -> int:
    """Writes the record that the environment names. Returns 1 if that is refused."""
    import boto3  # type: ignore[import-untyped]

    text = pathlib.Path(folder, NAME).read_text(encoding="utf-8")
    try:
        write(boto3.session.Session().client("s3"), environment[URI], text)
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ))
