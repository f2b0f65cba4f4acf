"""The record of the run that trained a registered version."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws, s3_uris
from groundplan.retraining.engine.services import Refused


def read(s3: Any, uri: str, run: str | None, version: str) -> Mapping[str, Any]:
    """Returns the record at a URI. `run`: its SHA-256, which is the run's id; `version`
    as people know it. Raises `Refused` if there is none, or it is another one."""
    bucket, key = s3_uris.split(uri)
    name = f"Version {version}, which serves,"
    if not uri.startswith("s3://") or not key:
        raise Refused(f"{name} names no record of its training. Fix: register it with one")
    try:
        body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if aws.is_missing(error):
            raise Refused(f"{name} was trained by {uri}, which is gone") from None
        raise
    if hashlib.sha256(body).hexdigest() != run:
        raise Refused(f"{name} was trained by {uri}, which somebody has changed since")
    found: Mapping[str, Any] = json.loads(body)
    return found
