"""Signs requests to the API with AWS Signature Version 4, for httpx and the generated
client.

    client = Client(base_url=url, httpx_args={"auth": Signer("eu-west-1")})
"""

from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.exceptions import NoCredentialsError  # type: ignore[import-untyped]

SERVICE = "execute-api"


class Signer:
    """Signs each request with the credentials of a session, which are renewed as they
    expire."""

    def __init__(self, region: str, session: Any = None) -> None:
        self._region = region
        self._session = session or boto3.session.Session()

    def __call__(self, request: Any) -> Any:
        """Returns a request of httpx with its signature."""
        credentials = self._session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        plain = AWSRequest(method=request.method, url=str(request.url), data=request.content)
        SigV4Auth(credentials.get_frozen_credentials(), SERVICE, self._region).add_auth(plain)
        request.headers.update(dict(plain.headers))
        return request
