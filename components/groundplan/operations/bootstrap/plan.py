"""What an account needs for Pulumi's state, and what of it exists."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Unusable(Exception):
    """What exists can't keep a state, and is not ours to change; the message says what
    it is and how to go on."""


class Status(StrEnum):
    """What becomes of a part."""

    EXISTS = "exists"
    CREATE = "create"
    CHANGE = "change"


@dataclass(frozen=True)
class Part:
    """One property of the bucket or the key."""

    name: str
    """`versioning`."""
    status: Status
    detail: str
    """What it is, or becomes: `Enabled`."""
    apply: Callable[[], None]
    """Creates or changes it; does nothing to what exists."""


@dataclass(frozen=True)
class Settings:
    """The bucket and the key."""

    bucket: str
    region: str
    key_alias: str
    """`alias/pulumi-state`."""
    account: str
    partition: str

    @property
    def backend_url(self) -> str:
        """Returns the argument of `pulumi login` (Pulumi documentation, "DIY
        backends")."""
        return f"s3://{self.bucket}?region={self.region}&awssdk=v2"

    @property
    def secrets_provider(self) -> str:
        """Returns the argument of `--secrets-provider`: the alias stays when the key
        rotates or is replaced."""
        return f"awskms://{self.key_alias}?region={self.region}"

    @property
    def commands(self) -> tuple[str, ...]:
        """Returns what to run next."""
        return (
            f"pulumi login '{self.backend_url}'",
            f"pulumi stack init prod --secrets-provider '{self.secrets_provider}'",
        )


def report(settings: Settings, found: list[Part]) -> Mapping[str, Any]:
    """Returns the result as JSON."""
    return {
        "bucket": settings.bucket,
        "region": settings.region,
        "keyAlias": settings.key_alias,
        "backendUrl": settings.backend_url,
        "secretsProvider": settings.secrets_provider,
        "parts": [
            {"name": part.name, "status": part.status.value, "detail": part.detail}
            for part in found
        ],
    }
