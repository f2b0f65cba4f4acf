"""LustreFileSystem: a fast shared file system for training, with directories that show
a bucket."""

from collections.abc import Sequence
from typing import cast

import pulumi
import pulumi_aws as aws

from groundplan import arguments, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.storage.encryption_key.encryption_key import EncryptionKey
from groundplan.training.lustre.args import LustreFileSystemArgs, LustreLinkArgs
from groundplan.training.lustre.choices import FileEvent
from groundplan.training.lustre.network import LustreNetwork
from groundplan.training.lustre.validation import path, validate
from groundplan.training.volumes.lustre_volumes import LustreMount

LUSTRE_VERSION = "2.15"
"""The newest that FSx has, and the one that the clients of AL2023 are made for (FSx
API, `FileSystemTypeVersion`)."""

BACKUP_RETENTION_DAYS = 7

LINK_TIMEOUT = "2h"
"""FSx lists all objects that are there before it calls a link available; the provider's
own 10 minutes are short for that."""


class LustreFileSystem(Component):
    """An FSx for Lustre file system (PERSISTENT_2, SSD): encrypted, compressed, linked
    to buckets, retained by default.

    It stands in one zone. Its links read by themselves and write nothing back unless
    they are told to.
    """

    file_system_id: pulumi.Output[str]
    """ID of the file system."""
    file_system_arn: pulumi.Output[str]
    """ARN of the file system."""
    dns_name: pulumi.Output[str]
    """Host name to mount it by."""
    mount_name: pulumi.Output[str]
    """Name to mount it by, behind the host's."""
    security_group_id: pulumi.Output[str]
    """ID of the security group of its servers."""

    def __init__(
        self, name: str, args: LustreFileSystemArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:LustreFileSystem", name, {}, opts)
        context = Context.of(name, opts)
        checked = cast(
            LustreFileSystemArgs,
            arguments.with_defaults(
                LustreFileSystemArgs,
                arguments.validated(
                    "LustreFileSystem", LustreFileSystemArgs, args, validate, context
                ),
            ),
        )
        self._name, self._args = name, checked
        self._tags = tags.merged(name, checked.get("tags"))
        self._keep = checked["deletion_protection"]
        self._data = pulumi.ResourceOptions(
            parent=self, protect=self._keep, retain_on_delete=self._keep
        )
        self._capacity_gib = checked["capacity_gib"]

        self.key = None if "kms_key_arn" in checked else self._own_key()
        """None if a key was handed in."""
        self._key_arn = (
            self.key.arn if self.key else pulumi.Output.from_input(checked["kms_key_arn"])
        )
        network = LustreNetwork(
            name,
            vpc_id=checked["vpc_id"],
            clients=checked.get("client_security_groups", {}),
            efa=checked["efa"],
            resource_tags=self._tags,
            parent=self,
        )
        self.security_group, self._client_rules = network.group, network.client_rules
        self.log_group = self._log_group() if checked.get("links") else None
        """What links report; None without links."""
        self.file_system = self._file_system(network)
        self.links = {key: self._link(key, link) for key, link in checked.get("links", {}).items()}
        """By name."""

        self.file_system_id, self.file_system_arn = self.file_system.id, self.file_system.arn
        self.dns_name, self.mount_name = self.file_system.dns_name, self.file_system.mount_name
        self.security_group_id = self.security_group.id
        self.register_outputs(
            {
                "fileSystemId": self.file_system_id,
                "fileSystemArn": self.file_system_arn,
                "dnsName": self.dns_name,
                "mountName": self.mount_name,
                "securityGroupId": self.security_group_id,
            }
        )

    @property
    def mount(self) -> LustreMount:
        """The file system, as `LustreVolume` takes it to make it a volume of pods.

        Its host name is told once clients are let in: as long as a pod mounts it, they
        are.
        """
        rules = [rule.urn for rule in self._client_rules]
        dns_name = pulumi.Output.all(self.dns_name, *rules).apply(lambda told: str(told[0]))
        return LustreMount(self.file_system_id, dns_name, self.mount_name, self._capacity_gib)

    def _own_key(self) -> EncryptionKey:
        return EncryptionKey(
            f"{self._name}-key",
            {
                "description": f"Files of the file system {self._name}",
                # FSx acts with the caller's permissions; CloudWatch Logs, for what
                # links report, as itself.
                "services": ["logs"] if self._args.get("links") else [],
                "deletion_protection": self._keep,
                "tags": self._args.get("tags", {}),
            },
            pulumi.ResourceOptions(parent=self),
        )

    def _log_group(self) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            f"{self._name}-logs",
            # FSx writes to groups of this prefix only (FSx API,
            # `LustreLogCreateConfiguration`).
            name=f"/aws/fsx/{pulumi.get_project()}-{pulumi.get_stack()}-{self._name}",
            retention_in_days=self._args["log_retention_days"],
            kms_key_id=self._key_arn,
            tags=self._tags,
            opts=self._data,
        )

    def _file_system(self, network: LustreNetwork) -> aws.fsx.LustreFileSystem:
        args, efa, linked = self._args, self._args["efa"], bool(self._args.get("links"))
        metadata = aws.fsx.LustreFileSystemMetadataConfigurationArgs(mode="AUTOMATIC")
        if (iops := args.get("metadata_iops")) is not None:
            metadata = aws.fsx.LustreFileSystemMetadataConfigurationArgs(
                mode="USER_PROVISIONED", iops=iops
            )
        logs = None
        if self.log_group:
            logs = aws.fsx.LustreFileSystemLogConfigurationArgs(
                level="WARN_ERROR", destination=self.log_group.arn
            )
        return aws.fsx.LustreFileSystem(
            f"{self._name}-file-system",
            deployment_type="PERSISTENT_2",
            storage_type="SSD",
            file_system_type_version=LUSTRE_VERSION,
            storage_capacity=self._capacity_gib,
            per_unit_storage_throughput=args["throughput_per_tib"],
            data_compression_type="LZ4" if args["compression"] else "NONE",
            # Without one a file system has no metadata capacity of its own, and can't
            # be given any later.
            metadata_configuration=metadata,
            efa_enabled=efa or None,
            subnet_ids=args["subnet_id"],
            security_group_ids=[network.group.id],
            kms_key_id=self._key_arn,
            log_configuration=logs,
            automatic_backup_retention_days=args.get(
                "backup_retention_days", 0 if linked else BACKUP_RETENTION_DAYS
            ),
            # Tags tell a backup's owner and cost; FSx doesn't copy them by itself.
            copy_tags_to_backups=True,
            skip_final_backup=linked or not self._keep,
            weekly_maintenance_start_time=args.get("maintenance_start"),
            tags={**self._tags, "Name": self._name},
            opts=pulumi.ResourceOptions.merge(
                self._data, pulumi.ResourceOptions(depends_on=network.own_rules)
            ),
        )

    def _link(self, key: str, link: LustreLinkArgs) -> aws.fsx.DataRepositoryAssociation:
        imports, exports = link.get("imports", tuple(FileEvent)), link.get("exports", ())
        return aws.fsx.DataRepositoryAssociation(
            f"{self._name}-{key}-link",
            file_system_id=self.file_system.id,
            file_system_path=path(key, link),
            data_repository_path=pulumi.Output.concat(
                "s3://", link["bucket_name"], f"/{link.get('prefix', '')}"
            ),
            batch_import_meta_data_on_create=arguments.with_defaults(LustreLinkArgs, link)[
                "import_existing"
            ],
            # The files stay when the link goes: some may not have been written back.
            delete_data_in_filesystem=False,
            s3=aws.fsx.DataRepositoryAssociationS3Args(
                auto_import_policy=(
                    aws.fsx.DataRepositoryAssociationS3AutoImportPolicyArgs(events=_events(imports))
                    if imports
                    else None
                ),
                auto_export_policy=(
                    aws.fsx.DataRepositoryAssociationS3AutoExportPolicyArgs(events=_events(exports))
                    if exports
                    else None
                ),
            ),
            tags=self._tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                custom_timeouts=pulumi.CustomTimeouts(create=LINK_TIMEOUT, delete=LINK_TIMEOUT),
            ),
        )


def _events(events: Sequence[FileEvent]) -> list[str]:
    return [event.name for event in FileEvent if event in events]
