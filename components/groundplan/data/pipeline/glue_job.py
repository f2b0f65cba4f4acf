"""The Spark job of AWS Glue: its script, role, logs, encryption and network."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.data.pipeline import permissions
from groundplan.data.pipeline.spec import DataPipelineSpec
from groundplan.data.pipeline.tables import Tables

CHANNELS = ("error", "output")
"""What Glue logs apart: Spark and its daemons, and what the script writes (AWS Glue
Developer Guide, "Logging for AWS Glue jobs")."""
LOGS = "/aws-glue/jobs/"


class GlueSparkJob:
    """The job with what it needs."""

    def __init__(
        self,
        spec: DataPipelineSpec,
        *,
        key_arn: pulumi.Output[str],
        tables: Tables | None,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        self._spec, self._key, self._tables = spec, key_arn, tables
        self._tags, self._parent = resource_tags, parent
        self._child = pulumi.ResourceOptions(parent=parent)
        self.script = aws.s3.BucketObjectv2(
            f"{spec.name}-script",
            bucket=spec.bucket["bucket_name"],
            key=spec.glue.script_key,
            content=spec.glue.script,
            content_type="text/x-python",
            kms_key_id=spec.bucket["kms_key_arn"],
            tags=resource_tags,
            opts=self._child,
        )
        self.security_configuration = self._create_security_configuration()
        self.role = aws.iam.Role(
            f"{spec.name}-job-role",
            description=f"What the job of {spec.name} may do",
            assume_role_policy=iam.account_trust(
                "glue.amazonaws.com", pulumi.InvokeOptions(parent=parent)
            ),
            tags=resource_tags,
            opts=self._child,
        )
        self.logs = {channel: self._create_logs(channel) for channel in CHANNELS}
        self.security_group: aws.ec2.SecurityGroup | None = None
        """None in Glue's own network."""
        self.connection: aws.glue.Connection | None = None
        """None in Glue's own network."""
        if spec.glue.network is not None:
            self._create_connection()
        self.policy = self._create_policy()
        self.job = self._create_job()

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

    @property
    def _log_prefix(self) -> str:
        return f"{LOGS}{self._spec.qualified_name}"

    def _create_logs(self, channel: str) -> aws.cloudwatch.LogGroup:
        """Creates the log group under the name that Glue gives it: else Glue creates
        it, and stores its logs for ever."""
        return aws.cloudwatch.LogGroup(
            f"{self._spec.name}-job-{channel}",
            name=pulumi.Output.concat(
                f"{self._log_prefix}/",
                self.security_configuration.name,
                "-role/",
                self.role.name,
                f"/{channel}",
            ),
            retention_in_days=self._spec.log_retention_days,
            kms_key_id=self._key,
            tags=self._tags,
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
        peers = {"referenced_security_group_id": group.id, "ip_protocol": "tcp"}
        ports = {"from_port": 0, "to_port": 65535, "description": "Between the workers of a run"}
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

    def _create_policy(self) -> aws.iam.RolePolicy:
        spec, invoke = self._spec, pulumi.InvokeOptions(parent=self._parent)
        network, group = spec.glue.network, self.security_group
        wheels = [m for m in spec.glue.python_modules if m.startswith("s3://")]
        place = [iam.partition(invoke), iam.region(invoke), iam.account_id(invoke)]
        needed: Any = {
            "bucket": spec.bucket,
            "key": self._key,
            "logs": [logs.arn for logs in self.logs.values()],
            "place": place,
            "wheels": [
                pulumi.Output.concat("arn:", place[0], ":s3:::", uri.removeprefix("s3://"))
                for uri in wheels
            ],
            "tables": self._tables.arns if self._tables else None,
            "connection": [
                pulumi.Output.format("arn:{0}:glue:{1}:{2}:catalog", *place),
                self.connection.arn,
            ]
            if self.connection
            else None,
            "group": group.id if group is not None else None,
            "subnet": network["subnet_id"] if network else None,
        }

        def policy(known: Mapping[str, Any]) -> str:
            return permissions.document(permissions.job_statements(spec, known))

        return aws.iam.RolePolicy(
            f"{spec.name}-job-policy",
            role=self.role.name,
            policy=pulumi.Output.all(**needed).apply(policy),
            opts=self._child,
        )

    def _create_job(self) -> aws.glue.Job:
        spec, job = self._spec, self._spec.glue
        name = spec.bucket["bucket_name"]
        return aws.glue.Job(
            f"{spec.name}-job",
            description=f"The runs of {spec.name}: versions of the dataset {spec.dataset}",
            role_arn=self.role.arn,
            command=aws.glue.JobCommandArgs(
                name="glueetl",
                python_version="3",
                script_location=pulumi.Output.concat("s3://", name, "/", self.script.key),
            ),
            glue_version=job.glue_version,
            worker_type=job.worker_type.value,
            number_of_workers=job.workers,
            timeout=job.timeout_minutes,
            max_retries=0,  # the state machine retries, and counts
            execution_class="STANDARD",
            execution_property=aws.glue.JobExecutionPropertyArgs(max_concurrent_runs=1),
            security_configuration=self.security_configuration.name,
            connections=[self.connection.name] if self.connection else None,
            default_arguments=self._arguments(),
            tags=self._tags,
            opts=pulumi.ResourceOptions(
                parent=self._parent, depends_on=[self.policy, *self.logs.values()]
            ),
        )

    def _arguments(self) -> dict[str, pulumi.Input[str]]:
        """Returns the arguments of all runs (AWS Glue Developer Guide, "Using job
        parameters in AWS Glue jobs")."""
        spec, job = self._spec, self._spec.glue
        base = pulumi.Output.concat("s3://", spec.bucket["bucket_name"], "/")
        bookmarks = "enable" if job.bookmarks else "disable"
        found: dict[str, pulumi.Input[str]] = {
            "--job-language": "python",
            "--job-bookmark-option": f"job-bookmark-{bookmarks}",
            "--enable-auto-scaling": "true",
            "--enable-metrics": "true",
            "--enable-observability-metrics": "true",
            "--custom-logGroup-prefix": self._log_prefix,
            "--TempDir": pulumi.Output.concat(base, spec.scratch),
            **{f"--{name}": value for name, value in job.arguments.items()},
        }
        if job.python_modules:
            found["--additional-python-modules"] = ",".join(job.python_modules)
        if self._tables is not None:
            found |= self._tables.arguments
        return found
