"""A run as a SageMaker training job, with its role and its security group."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.sagemaker import execution_role as serving
from groundplan.sagemaker import mlflow
from groundplan.training.job import container, record, role
from groundplan.training.job.choices import DatasetMode
from groundplan.training.job.spec import SageMakerRunSpec, TrainingJobSpec

FIRST_HOST = "algo-1"
"""SageMaker's name of the first instance (Developer Guide, "Distributed Training
Configuration")."""

MODES = {DatasetMode.FAST_FILE: "FastFile", DatasetMode.FILE: "File"}


class SageMakerRun:
    """The training job of a run."""

    role: aws.iam.Role | None
    """None with an existing role."""
    role_policy: aws.iam.RolePolicy | None
    tracking_policy: aws.iam.RolePolicy | None
    """None without an MLflow, and with an existing role."""
    security_group: aws.ec2.SecurityGroup | None
    """None outside of a VPC."""
    rules: list[pulumi.Resource]
    """The security group's."""
    job: aws.sagemaker.TrainingJob

    def __init__(
        self,
        spec: TrainingJobSpec,
        run: SageMakerRunSpec,
        variables: Mapping[str, Any],
        *,
        job_name: pulumi.Output[str],
        checkpoints: pulumi.Output[str],
        output: pulumi.Output[str],
        resource_tags: tags.Tags,
        run_tags: tags.Tags,
        opts: pulumi.ResourceOptions,
        parent: pulumi.Resource,
    ) -> None:
        self._name, self._parent = spec.name, parent
        role_arn = self._create_role(spec, run, resource_tags)
        self._create_network(run, spec.nodes, resource_tags)
        policies = (self.role_policy, self.tracking_policy)
        first = [resource for resource in (*policies, *self.rules) if resource is not None]
        self.job = aws.sagemaker.TrainingJob(
            f"{spec.name}-job",
            training_job_name=job_name,
            role_arn=role_arn,
            algorithm_specification=aws.sagemaker.TrainingJobAlgorithmSpecificationArgs(
                training_image=spec.image,
                training_input_mode=MODES[run.dataset_mode],
                container_entrypoints=spec.command,
                container_arguments=spec.arguments,
            ),
            hyper_parameters=record.parameters(spec.parameters) or None,
            environment=_environment(spec, variables),
            input_data_configs=[
                _channel(channel, dataset["uri"], run)
                for channel, dataset in sorted(spec.datasets.items())
            ],
            checkpoint_config=aws.sagemaker.TrainingJobCheckpointConfigArgs(
                s3_uri=checkpoints, local_path=container.CHECKPOINTS
            ),
            output_data_config=aws.sagemaker.TrainingJobOutputDataConfigArgs(
                s3_output_path=output,
                kms_key_id=spec.access["kms_key_arn"],
                compression_type="GZIP",
            ),
            resource_config=aws.sagemaker.TrainingJobResourceConfigArgs(
                instance_type=run.instance_type,
                instance_count=spec.nodes,
                # Without a key, the volume is local NVMe of a fixed size.
                volume_size_in_gb=None if run.volume_key_arn is None else run.volume_gib,
                volume_kms_key_id=run.volume_key_arn,
            ),
            stopping_condition=aws.sagemaker.TrainingJobStoppingConditionArgs(
                max_runtime_in_seconds=spec.max_runtime_seconds,
                max_wait_time_in_seconds=run.max_wait_seconds,
            ),
            retry_strategy=aws.sagemaker.TrainingJobRetryStrategyArgs(
                maximum_retry_attempts=spec.max_restarts
            )
            if spec.max_restarts
            else None,
            enable_managed_spot_training=run.spot,
            enable_network_isolation=run.network_isolation,
            enable_inter_container_traffic_encryption=run.traffic_encryption,
            vpc_config=self._vpc(run),
            tags=dict(run_tags),
            opts=pulumi.ResourceOptions.merge(
                opts,
                pulumi.ResourceOptions(
                    depends_on=first,
                    # What the provider waits for has changed between its versions
                    # (terraform-provider-aws pull request 46892); if it
                    # waits for the job's end, every run of more than 45 minutes, its
                    # default, would fail.
                    custom_timeouts=pulumi.CustomTimeouts(
                        create=f"{(run.max_wait_seconds or spec.max_runtime_seconds) + 3600}s"
                    ),
                ),
            ),
        )

    def _create_role(
        self, spec: TrainingJobSpec, run: SageMakerRunSpec, resource_tags: tags.Tags
    ) -> pulumi.Input[str]:
        self.role = self.role_policy = self.tracking_policy = None
        if run.role_arn is not None:
            return run.role_arn
        invoke = pulumi.InvokeOptions(parent=self._parent)
        self.role = aws.iam.Role(
            f"{self._name}-role",
            description=f"What runs of {self._name} may do",
            assume_role_policy=serving.trust(invoke),
            tags=dict(resource_tags),
            opts=pulumi.ResourceOptions(parent=self._parent),
        )
        self.role_policy = aws.iam.RolePolicy(
            f"{self._name}-role-policy",
            role=self.role.name,
            policy=iam.document(role.statements(spec, run, invoke)),
            opts=pulumi.ResourceOptions(parent=self._parent),
        )
        if spec.tracking is not None:
            self.tracking_policy = aws.iam.RolePolicy(
                f"{self._name}-tracking-policy",
                role=self.role.name,
                policy=iam.document(mlflow.log_statements(spec.tracking)),
                opts=pulumi.ResourceOptions(parent=self._parent),
            )
        return self.role.arn

    def _create_network(self, run: SageMakerRunSpec, nodes: int, resource_tags: tags.Tags) -> None:
        self.security_group, self.rules = None, []
        if run.network is None:
            return
        child = pulumi.ResourceOptions(parent=self._parent)
        self.security_group = group = aws.ec2.SecurityGroup(
            f"{self._name}-security-group",
            description=f"Runs of {self._name}: HTTPS out, nothing in but from each other",
            vpc_id=run.network["vpc_id"],
            tags=dict(resource_tags),
            opts=child,
        )
        self.rules.append(
            aws.vpc.SecurityGroupEgressRule(
                f"{self._name}-egress",
                security_group_id=group.id,
                description="HTTPS, to S3 and AWS APIs",
                cidr_ipv4="0.0.0.0/0",
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                tags=dict(resource_tags),
                opts=child,
            )
        )
        if nodes == 1:
            return
        # NCCL takes any port, EFA any protocol (Developer Guide, "Give SageMaker AI
        # Training Jobs Access to Resources in Your Amazon VPC", security groups for
        # distributed training).
        self.rules += [
            aws.vpc.SecurityGroupIngressRule(
                f"{self._name}-peers-in",
                security_group_id=group.id,
                description="All traffic between the nodes of a run",
                referenced_security_group_id=group.id,
                ip_protocol="-1",
                tags=dict(resource_tags),
                opts=child,
            ),
            aws.vpc.SecurityGroupEgressRule(
                f"{self._name}-peers-out",
                security_group_id=group.id,
                description="All traffic between the nodes of a run",
                referenced_security_group_id=group.id,
                ip_protocol="-1",
                tags=dict(resource_tags),
                opts=child,
            ),
        ]

    def _vpc(self, run: SageMakerRunSpec) -> aws.sagemaker.TrainingJobVpcConfigArgs | None:
        if self.security_group is None or run.network is None:
            return None
        return aws.sagemaker.TrainingJobVpcConfigArgs(
            subnets=run.network["subnet_ids"], security_group_ids=[self.security_group.id]
        )


def _channel(
    name: str, uri: pulumi.Input[str], run: SageMakerRunSpec
) -> aws.sagemaker.TrainingJobInputDataConfigArgs:
    return aws.sagemaker.TrainingJobInputDataConfigArgs(
        channel_name=name,
        input_mode=MODES[run.dataset_mode],
        data_source=aws.sagemaker.TrainingJobInputDataConfigDataSourceArgs(
            s3_data_source=aws.sagemaker.TrainingJobInputDataConfigDataSourceS3DataSourceArgs(
                s3_data_type="S3Prefix",
                s3_uri=uri,
                # Each node has all objects, as on a cluster; the program distributes
                # them.
                s3_data_distribution_type="FullyReplicated",
            )
        ),
    )


def _environment(
    spec: TrainingJobSpec, variables: Mapping[str, Any]
) -> dict[str, pulumi.Input[str]]:
    secrets = {f"{name}_ARN": secret["secret_arn"] for name, secret in spec.secrets.items()}
    return {**spec.environment, **variables, **secrets}
