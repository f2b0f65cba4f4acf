"""The arguments of an EncryptionKey, resolved: every default is filled in."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.storage.encryption_key.args import EncryptionKeyArgs
from groundplan.tags import merged


@dataclass(frozen=True)
class EncryptionKeySpec:
    """An EncryptionKey, complete."""

    name: str
    alias: str
    description: str
    services: tuple[str, ...]
    region: str | None
    """None for that of the provider."""
    deletion_window_days: int
    deletion_protection: bool
    tags: Mapping[str, pulumi.Input[str]]


def resolve(args: EncryptionKeyArgs, context: Context) -> EncryptionKeySpec:
    """Returns the specification of valid arguments."""
    values = with_defaults(EncryptionKeyArgs, args)
    return EncryptionKeySpec(
        name=context.name,
        alias=f"alias/{context.plain_name}",
        description=args.get("description", context.name),
        services=tuple(values["services"]),
        region=args.get("region"),
        deletion_window_days=values["deletion_window_days"],
        deletion_protection=values["deletion_protection"],
        tags=merged(context.name, args.get("tags")),
    )
