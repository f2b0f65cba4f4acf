"""The specification of a file system: its arguments, resolved, with every default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.training.lustre.args import LustreFileSystemArgs, LustreLinkArgs
from groundplan.training.lustre.choices import FileEvent

BACKUP_RETENTION_DAYS = 7
"""Without links: FSx backs up no linked file system."""


@dataclass(frozen=True)
class LustreLinkSpec:
    """A data repository association, complete."""

    bucket_name: pulumi.Input[str]
    prefix: str
    path: str
    imports: Sequence[FileEvent]
    exports: Sequence[FileEvent]
    readers: Sequence[str]
    import_existing: bool


@dataclass(frozen=True)
class LustreSpec:
    """A file system, complete."""

    vpc_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    client_security_groups: Mapping[str, pulumi.Input[str]]
    capacity_gib: int
    throughput_per_tib: int
    compression: bool
    metadata_iops: int | None
    """None for what FSx provides with the capacity."""
    efa: bool
    links: Mapping[str, LustreLinkSpec]
    backup_retention_days: int
    log_retention_days: int
    maintenance_start: str | None
    """None for a time that AWS chooses."""
    kms_key_arn: pulumi.Input[str] | None
    """None for a key that is created."""
    deletion_protection: bool
    tags: Mapping[str, pulumi.Input[str]]


def resolve(args: LustreFileSystemArgs) -> LustreSpec:
    """Returns the specification of valid arguments."""
    filled: Mapping[str, Any] = with_defaults(LustreFileSystemArgs, args)
    links = {name: resolve_link(name, link) for name, link in args.get("links", {}).items()}
    return LustreSpec(
        vpc_id=args["vpc_id"],
        subnet_id=args["subnet_id"],
        client_security_groups=args.get("client_security_groups", {}),
        capacity_gib=filled["capacity_gib"],
        throughput_per_tib=filled["throughput_per_tib"],
        compression=filled["compression"],
        metadata_iops=args.get("metadata_iops"),
        efa=filled["efa"],
        links=links,
        backup_retention_days=args.get(
            "backup_retention_days", 0 if links else BACKUP_RETENTION_DAYS
        ),
        log_retention_days=filled["log_retention_days"],
        maintenance_start=args.get("maintenance_start"),
        kms_key_arn=args.get("kms_key_arn"),
        deletion_protection=filled["deletion_protection"],
        tags=args.get("tags", {}),
    )


def resolve_link(name: str, link: LustreLinkArgs) -> LustreLinkSpec:
    """Returns the specification of a valid link."""
    filled: Mapping[str, Any] = with_defaults(LustreLinkArgs, link)
    return LustreLinkSpec(
        bucket_name=link["bucket_name"],
        prefix=link.get("prefix", ""),
        path=link_path(name, link),
        imports=link.get("imports", tuple(FileEvent)),
        exports=link.get("exports", ()),
        readers=link.get("readers", ()),
        import_existing=filled["import_existing"],
    )


def link_path(name: str, link: LustreLinkArgs) -> str:
    """Returns the directory of a link."""
    return link.get("path", f"/{name}")
