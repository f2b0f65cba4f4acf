"""The clients of releases on a cluster: S3, and STS where there is AWS."""

import getpass
from dataclasses import dataclass
from typing import Any

import boto3  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused


@dataclass(frozen=True)
class Absent:
    """What there is none of, or what can't be reached from here."""

    what: str

    def __getattr__(self, name: str) -> Any:
        raise Refused(f"{self.what} can't be reached from here ({name})")


@dataclass(frozen=True)
class Account:
    """Who acts where there is no AWS, in place of STS: a service account, or a
    person."""

    name: str

    def get_caller_identity(self) -> dict[str, str]:
        """Returns what STS would."""
        return {"Arn": self.name}


def person() -> str:
    """Returns the name of who runs a command where there is no AWS."""
    return f"user:{getpass.getuser()}"


def clients(region: str, session: Any = None, account: str = "") -> Clients:
    """Returns clients of S3 and STS. `account` is who acts where there is no AWS."""
    session = session or boto3.session.Session()

    def client(service: str) -> Any:
        return session.client(service, region_name=region or None, config=aws.CONTROL)

    none = Absent("SageMaker")
    return Clients(none, none, none, client("s3"), Account(account) if account else client("sts"))
