"""Signs requests to the API with AWS Signature Version 4, for httpx and the generated
client.

    client = Client(base_url=url, httpx_args={"auth": Signer("eu-west-1")})
"""

from typing import Any

import boto3  # type: ignore[import-untyped]

from groundplan import signed_requests

SERVICE = "execute-api"


class Signer:
    """Signs each request with the credentials of a session, which are renewed as they
    expire."""

    def __init__(self, region: str, session: Any = None) -> None:
        self._region = region
        self._session = session or boto3.session.Session()

    def __call__(self, request: Any) -> Any:
        """Returns a request of httpx with its signature."""
        signed = signed_requests.headers(
            request.method,
            str(request.url),
            SERVICE,
            self._region,
            body=request.content,
            session=self._session,
        )
        request.headers.update(signed)
        return request
