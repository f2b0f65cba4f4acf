"""What the Glue jobs of a pipeline share: encryption, and the network."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.data.pipeline.spec import GluePipelineSpec


class GlueEnvironment:
    """The security configuration, and the connection to a VPC."""

    def __init__(
        self,
        spec: GluePipelineSpec,
        *,
        key_arn: pulumi.Output[str],
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        self._spec, self._key, self._parent = spec, key_arn, parent
        self._tags, self._child = resource_tags, pulumi.ResourceOptions(parent=parent)
        self.security_configuration = self._create_security_configuration()
        self.security_group: aws.ec2.SecurityGroup | None = None
        """None in Glue's own network."""
        self.connection: aws.glue.Connection | None = None
        """None in Glue's own network."""
        if spec.glue.network is not None:
            self._create_connection()

    def known(self, **more: Any) -> Mapping[str, Any]:
        """Returns what the policies of jobs need, and `more`."""
        spec, invoke = self._spec, pulumi.InvokeOptions(parent=self._parent)
        network, group = spec.glue.network, self.security_group
        place = [iam.partition(invoke), iam.region(invoke), iam.account_id(invoke)]
        connection = None
        if self.connection is not None:
            catalog = pulumi.Output.format("arn:{0}:glue:{1}:{2}:catalog", *place)
            connection = [catalog, self.connection.arn]
        return {
            "bucket": spec.bucket,
            "key": self._key,
            "place": place,
            "connection": connection,
            "group": group.id if group is not None else None,
            "subnet": network["subnet_id"] if network else None,
            **more,
        }

    def _create_security_configuration(self) -> aws.glue.SecurityConfiguration:
        bucket_key = self._spec.bucket["kms_key_arn"]
        return aws.glue.SecurityConfiguration(
            f"{self._spec.name}-encryption",
            encryption_configuration=aws.glue.SecurityConfigurationEncryptionConfigurationArgs(
                cloudwatch_encryption=aws.glue.SecurityConfigurationEncryptionConfigurationCloudwatchEncryptionArgs(
                    cloudwatch_encryption_mode="SSE-KMS", kms_key_arn=self._key
                ),
                job_bookmarks_encryption=aws.glue.SecurityConfigurationEncryptionConfigurationJobBookmarksEncryptionArgs(
                    job_bookmarks_encryption_mode="CSE-KMS", kms_key_arn=self._key
                ),
                s3_encryption=aws.glue.SecurityConfigurationEncryptionConfigurationS3EncryptionArgs(
                    s3_encryption_mode="SSE-KMS", kms_key_arn=bucket_key
                ),
            ),
            opts=self._child,
        )

    def _create_connection(self) -> None:
        spec, network = self._spec, self._spec.glue.network
        assert network is not None  # noqa: S101 (called with a network, for mypy)
        self.security_group = group = aws.ec2.SecurityGroup(
            f"{spec.name}-security-group",
            description=f"Workers of {spec.name}: HTTPS out, nothing in but from each other",
            vpc_id=network["vpc_id"],
            tags=self._tags,
            opts=self._child,
        )
        shared: dict[str, Any] = {"security_group_id": group.id, "tags": self._tags}
        # AWS Glue Developer Guide, "Setting up Amazon VPC to connect to JDBC data
        # stores": all TCP ports, from and to the group itself.
        peers: dict[str, Any] = {"referenced_security_group_id": group.id, "ip_protocol": "tcp"}
        ports: dict[str, Any] = {
            "from_port": 0,
            "to_port": 65535,
            "description": "Between the workers of a run",
        }
        self.security_group_rules: Sequence[pulumi.Resource] = [
            aws.vpc.SecurityGroupIngressRule(
                f"{spec.name}-peers-in", **shared, **peers, **ports, opts=self._child
            ),
            aws.vpc.SecurityGroupEgressRule(
                f"{spec.name}-peers-out", **shared, **peers, **ports, opts=self._child
            ),
            aws.vpc.SecurityGroupEgressRule(
                f"{spec.name}-egress",
                **shared,
                description="HTTPS, to S3 and AWS APIs",
                cidr_ipv4="0.0.0.0/0",
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                opts=self._child,
            ),
        ]
        self.connection = aws.glue.Connection(
            f"{spec.name}-connection",
            connection_type="NETWORK",
            physical_connection_requirements=aws.glue.ConnectionPhysicalConnectionRequirementsArgs(
                availability_zone=network["availability_zone"],
                subnet_id=network["subnet_id"],
                security_group_id_lists=[group.id],
            ),
            tags=self._tags,
            opts=self._child,
        )
