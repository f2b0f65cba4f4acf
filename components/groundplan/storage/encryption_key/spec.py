"""The specification of an encryption key: its arguments, resolved once, with every
default."""

from dataclasses import dataclass

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.storage.encryption_key.args import EncryptionKeyArgs
from groundplan.tags import Tags, merged


@dataclass(frozen=True)
class EncryptionKeySpec:
    """A KMS key, complete."""

    name: str
    """The logical name of the component."""
    alias: str
    description: str
    services: tuple[str, ...]
    deletion_window_days: int
    deletion_protection: bool
    tags: Tags


def resolve(args: EncryptionKeyArgs, context: Context) -> EncryptionKeySpec:
    """Returns the specification of the key that valid `args` describe."""
    own = with_defaults(EncryptionKeyArgs, args)
    return EncryptionKeySpec(
        name=context.name,
        alias=f"alias/{context.qualified_name}",
        description=own.get("description", context.name),
        services=tuple(own["services"]),
        deletion_window_days=own["deletion_window_days"],
        deletion_protection=own["deletion_protection"],
        tags=merged(context.name, args.get("tags")),
    )
