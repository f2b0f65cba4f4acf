"""The clients of an account, and its answers page by page."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import boto3  # type: ignore[import-untyped]

from groundplan import aws


class Account:
    """Where to look. Requests that are throttled are repeated by botocore."""

    def __init__(self, region: str, session: Any = None) -> None:
        self.region = region
        session = session or boto3.session.Session()

        @cache
        def client(service: str, region_name: str) -> Any:
            return session.client(service, region_name=region_name, config=aws.CONTROL)

        self._client = client

    def client(self, service: str, region: str = "") -> Any:
        """Returns the client of a service."""
        return self._client(service, region or self.region)

    def pages(
        self, service: str, operation: str, key: str, **request: Any
    ) -> Iterator[Mapping[str, Any]]:
        """Yields the entries of all pages of an operation's answer."""
        paginator = self.client(service).get_paginator(operation)
        for page in paginator.paginate(**request):
            yield from page[key]

    def pages_of_names(
        self, service: str, operation: str, key: str, **request: Any
    ) -> Iterator[str]:
        """Yields the names of all pages of an operation's answer."""
        for page in self.client(service).get_paginator(operation).paginate(**request):
            yield from (str(name) for name in page[key])


def tags_of(entry: Mapping[str, Any], key: str = "Tags") -> dict[str, str]:
    """Returns the tags of an entry of EC2, FSx or SageMaker."""
    return {str(tag["Key"]): str(tag["Value"]) for tag in entry.get(key) or ()}
