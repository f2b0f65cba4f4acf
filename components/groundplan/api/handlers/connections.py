"""The clients of the function, created once, and what acts in the name of a caller."""

from dataclasses import dataclass
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from groundplan.release.engine.clients import Clients

# API Gateway ends a request after 30 seconds (quotas of HTTP APIs): a call that takes
# longer than this is answered as one to be repeated.
BOUNDED = Config(retries={"mode": "standard", "max_attempts": 3}, connect_timeout=2, read_timeout=8)


@dataclass(frozen=True)
class ClientsOfCaller(Clients):
    """Clients that act for a caller of the API: what is recorded names the caller, and
    not the function's role."""

    principal: str = ""

    def caller(self) -> str:
        return self.principal


class Connections:
    """A session whose clients are kept."""

    def __init__(self, session: Any = None) -> None:
        self._session = session or boto3.session.Session()
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region_name: str, config: object = None) -> Any:  # noqa: ARG002
        """Returns a client, as a session does; all have the same bounds."""
        key = (service, region_name)
        if key not in self._clients:
            self._clients[key] = self._session.client(
                service, region_name=region_name, config=BOUNDED
            )
        return self._clients[key]

    def of_caller(self, region: str, principal: str) -> ClientsOfCaller:
        """Returns what a release of this caller works with."""
        plain = Clients.connect(region, self)
        return ClientsOfCaller(**vars(plain), principal=principal)
