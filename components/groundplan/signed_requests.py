"""Requests that AWS Signature Version 4 signs, for what is no service of boto3."""

from collections.abc import Mapping
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.exceptions import NoCredentialsError  # type: ignore[import-untyped]


def headers(
    method: str,
    url: str,
    service: str,
    region: str,
    *,
    body: bytes = b"",
    plain: Mapping[str, str] | None = None,
    session: Any = None,
) -> dict[str, str]:
    """Returns the headers of a request, `plain` ones and the signature, by the
    credentials of a session, which are renewed as they expire. Raises
    `NoCredentialsError`."""
    credentials = (session or boto3.session.Session()).get_credentials()
    if credentials is None:
        raise NoCredentialsError
    request = AWSRequest(method, url, data=body, headers=dict(plain or {}))
    SigV4Auth(credentials.get_frozen_credentials(), service, region).add_auth(request)
    return dict(request.headers.items())
