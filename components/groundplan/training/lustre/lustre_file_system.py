"""LustreFileSystem: a fast shared file system for training, with directories that show
a bucket."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan import arguments, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.storage.encryption_key.encryption_key import EncryptionKey
from groundplan.training.lustre.args import LustreFileSystemArgs
from groundplan.training.lustre.choices import FileEvent
from groundplan.training.lustre.network import LustreNetwork
from groundplan.training.lustre.spec import LustreLinkSpec, resolve
from groundplan.training.lustre.validation import validate
from groundplan.training.volumes.lustre_volumes import LustreMount, SharedDirectory

LUSTRE_VERSION = "2.15"
"""The newest that FSx has, and the one of the clients of AL2023 (FSx
API, `FileSystemTypeVersion`)."""

LINK_TIMEOUT = "2h"
"""FSx lists all objects that are there before it calls a link available; the provider's
own 10 minutes are short for that."""


class LustreFileSystem(Component):
    """An FSx for Lustre file system (PERSISTENT_2, SSD): encrypted, compressed, linked
    to buckets, retained by default.

    It is in one zone. By default its links import changes of the bucket and export
    nothing.
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
        valid = arguments.validated(
            "LustreFileSystem", LustreFileSystemArgs, args, validate, context
        )
        self._name, self._spec = name, resolve(valid)
        spec, protect = self._spec, self._spec.deletion_protection
        self._tags = tags.merged(name, spec.tags)
        self._data = pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect)

        self.key: EncryptionKey | None = None
        """None with an existing key."""
        if spec.kms_key_arn is None:
            self.key = self._create_key()
            self._key_arn = self.key.arn
        else:
            self._key_arn = pulumi.Output.from_input(spec.kms_key_arn)
        network = LustreNetwork(
            name,
            vpc_id=spec.vpc_id,
            clients=spec.client_security_groups,
            efa=spec.efa,
            resource_tags=self._tags,
            parent=self,
        )
        self.security_group, self._client_rules = network.group, network.client_rules
        self.log_group = self._create_log_group() if spec.links else None
        """The logs of links; None without links."""
        self.file_system = self._create_file_system(network)
        self.links = {key: self._create_link(key, link) for key, link in spec.links.items()}
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
        """The file system as `TrainingCluster.mount` takes it.

        Its host name is known once the rules of the clients exist, so that they exist
        as long as a pod mounts it.
        """
        rules = [rule.urn for rule in self._client_rules]
        dns_name = pulumi.Output.all(self.dns_name, *rules).apply(lambda values: str(values[0]))
        shared = {
            key: SharedDirectory(self.links[key].file_system_path.apply(str), link.readers)
            for key, link in self._spec.links.items()
            if link.readers
        }
        return LustreMount(
            self.file_system_id, dns_name, self.mount_name, self._spec.capacity_gib, shared
        )

    def _create_key(self) -> EncryptionKey:
        return EncryptionKey(
            f"{self._name}-key",
            {
                "description": f"Files of the file system {self._name}",
                # FSx uses the caller's permissions; CloudWatch Logs, for the logs of
                # links, its own.
                "services": ["logs"] if self._spec.links else [],
                "deletion_protection": self._spec.deletion_protection,
                "tags": self._spec.tags,
            },
            pulumi.ResourceOptions(parent=self),
        )

    def _create_log_group(self) -> aws.cloudwatch.LogGroup:
        return aws.cloudwatch.LogGroup(
            f"{self._name}-logs",
            # FSx writes to groups of this prefix only (FSx API,
            # `LustreLogCreateConfiguration`).
            name=f"/aws/fsx/{pulumi.get_project()}-{pulumi.get_stack()}-{self._name}",
            retention_in_days=self._spec.log_retention_days,
            kms_key_id=self._key_arn,
            tags=self._tags,
            opts=self._data,
        )

    def _create_file_system(self, network: LustreNetwork) -> aws.fsx.LustreFileSystem:
        spec, linked = self._spec, bool(self._spec.links)
        metadata = aws.fsx.LustreFileSystemMetadataConfigurationArgs(mode="AUTOMATIC")
        if spec.metadata_iops is not None:
            metadata = aws.fsx.LustreFileSystemMetadataConfigurationArgs(
                mode="USER_PROVISIONED", iops=spec.metadata_iops
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
            storage_capacity=spec.capacity_gib,
            per_unit_storage_throughput=spec.throughput_per_tib,
            data_compression_type="LZ4" if spec.compression else "NONE",
            # Without one a file system has no metadata capacity of its own, and none
            # can be added later.
            metadata_configuration=metadata,
            efa_enabled=spec.efa or None,
            subnet_ids=spec.subnet_id,
            security_group_ids=[network.group.id],
            kms_key_id=self._key_arn,
            log_configuration=logs,
            automatic_backup_retention_days=spec.backup_retention_days,
            # Tags show a backup's owner and cost; FSx does not copy them by default.
            copy_tags_to_backups=True,
            skip_final_backup=linked or not spec.deletion_protection,
            weekly_maintenance_start_time=spec.maintenance_start,
            tags={**self._tags, "Name": self._name},
            opts=pulumi.ResourceOptions.merge(
                self._data, pulumi.ResourceOptions(depends_on=network.own_rules)
            ),
        )

    def _create_link(self, key: str, link: LustreLinkSpec) -> aws.fsx.DataRepositoryAssociation:
        return aws.fsx.DataRepositoryAssociation(
            f"{self._name}-{key}-link",
            file_system_id=self.file_system.id,
            file_system_path=link.path,
            data_repository_path=pulumi.Output.concat("s3://", link.bucket_name, f"/{link.prefix}"),
            batch_import_meta_data_on_create=link.import_existing,
            # A deleted link retains its files: some may not have been exported.
            delete_data_in_filesystem=False,
            s3=aws.fsx.DataRepositoryAssociationS3Args(
                auto_import_policy=(
                    aws.fsx.DataRepositoryAssociationS3AutoImportPolicyArgs(
                        events=_events(link.imports)
                    )
                    if link.imports
                    else None
                ),
                auto_export_policy=(
                    aws.fsx.DataRepositoryAssociationS3AutoExportPolicyArgs(
                        events=_events(link.exports)
                    )
                    if link.exports
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
