"""A run as a SageMaker training job, with its role and its security group."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.sagemaker import execution_role as serving
from groundplan.training.job import container, record, role
from groundplan.training.job.args import SageMakerRunArgs, TrainingJobArgs
from groundplan.training.job.choices import DatasetMode

FIRST_HOST = "algo-1"
"""SageMaker's name of the first instance (Developer Guide, "Distributed Training
Configuration")."""

MODES = {DatasetMode.FAST_FILE: "FastFile", DatasetMode.FILE: "File"}


class SageMakerRun:
    """The training job of a run."""

    role: aws.iam.Role | None
    """None if one was handed in."""
    role_policy: aws.iam.RolePolicy | None
    security_group: aws.ec2.SecurityGroup | None
    """None outside of a VPC."""
    rules: list[pulumi.Resource]
    """The security group's."""
    job: aws.sagemaker.TrainingJob

    def __init__(
        self,
        name: str,
        args: TrainingJobArgs,
        told: Mapping[str, Any],
        *,
        job_name: pulumi.Output[str],
        checkpoints: pulumi.Output[str],
        output: pulumi.Output[str],
        labels: tags.Tags,
        run_labels: tags.Tags,
        opts: pulumi.ResourceOptions,
        parent: pulumi.Resource,
    ) -> None:
        self._name, self._parent = name, parent
        chosen = args["sagemaker"]
        role_arn = self._make_role(args, chosen, labels)
        self._make_network(chosen, args["nodes"], labels)
        first = [resource for resource in (self.role_policy, *self.rules) if resource is not None]
        nodes, restarts, wait = (
            args["nodes"],
            args["max_restarts"],
            record.max_wait(chosen, args),
        )
        local = record.volume_key(chosen, args) is None
        self.job = aws.sagemaker.TrainingJob(
            f"{name}-job",
            training_job_name=job_name,
            role_arn=role_arn,
            algorithm_specification=aws.sagemaker.TrainingJobAlgorithmSpecificationArgs(
                training_image=args["image"],
                training_input_mode=MODES[DatasetMode(chosen["dataset_mode"])],
                container_entrypoints=args.get("command"),
                container_arguments=args.get("arguments"),
            ),
            hyper_parameters=record.parameters(args) or None,
            environment=_environment(args, told),
            input_data_configs=[
                _channel(channel, dataset["uri"], chosen)
                for channel, dataset in sorted(args["datasets"].items())
            ],
            checkpoint_config=aws.sagemaker.TrainingJobCheckpointConfigArgs(
                s3_uri=checkpoints, local_path=container.CHECKPOINTS
            ),
            output_data_config=aws.sagemaker.TrainingJobOutputDataConfigArgs(
                s3_output_path=output,
                kms_key_id=args["artifacts"]["kms_key_arn"],
                compression_type="GZIP",
            ),
            resource_config=aws.sagemaker.TrainingJobResourceConfigArgs(
                instance_type=chosen["instance_type"],
                instance_count=nodes,
                volume_size_in_gb=None if local else chosen["volume_gib"],
                volume_kms_key_id=record.volume_key(chosen, args),
            ),
            stopping_condition=aws.sagemaker.TrainingJobStoppingConditionArgs(
                max_runtime_in_seconds=record.max_runtime(args), max_wait_time_in_seconds=wait
            ),
            retry_strategy=aws.sagemaker.TrainingJobRetryStrategyArgs(
                maximum_retry_attempts=restarts
            )
            if restarts
            else None,
            enable_managed_spot_training=chosen["spot"],
            enable_network_isolation=chosen["network_isolation"],
            enable_inter_container_traffic_encryption=record.encrypts_traffic(chosen, args),
            vpc_config=self._vpc(chosen),
            tags=dict(run_labels),
            opts=pulumi.ResourceOptions.merge(
                opts,
                pulumi.ResourceOptions(
                    depends_on=first,
                    # What the provider waits for has changed between its versions
                    # (terraform-provider-aws pull request 46892); 45 minutes, its
                    # default, would make a failure of each longer run if it is the
                    # job's end.
                    custom_timeouts=pulumi.CustomTimeouts(
                        create=f"{(wait or record.max_runtime(args)) + 3600}s"
                    ),
                ),
            ),
        )

    def _make_role(
        self, args: TrainingJobArgs, chosen: SageMakerRunArgs, labels: tags.Tags
    ) -> pulumi.Input[str]:
        self.role = self.role_policy = None
        if "role_arn" in chosen:
            return chosen["role_arn"]
        invoke = pulumi.InvokeOptions(parent=self._parent)
        self.role = aws.iam.Role(
            f"{self._name}-role",
            description=f"What runs of {self._name} may do",
            assume_role_policy=serving.trust(invoke),
            tags=dict(labels),
            opts=pulumi.ResourceOptions(parent=self._parent),
        )
        self.role_policy = aws.iam.RolePolicy(
            f"{self._name}-role-policy",
            role=self.role.name,
            policy=iam.document(role.statements(self._name, args, invoke)),
            opts=pulumi.ResourceOptions(parent=self._parent),
        )
        return self.role.arn

    def _make_network(self, chosen: SageMakerRunArgs, nodes: int, labels: tags.Tags) -> None:
        self.security_group, self.rules = None, []
        if "network" not in chosen:
            return
        child = pulumi.ResourceOptions(parent=self._parent)
        self.security_group = group = aws.ec2.SecurityGroup(
            f"{self._name}-security-group",
            description=f"Runs of {self._name}: HTTPS out, nothing in but from each other",
            vpc_id=chosen["network"]["vpc_id"],
            tags=dict(labels),
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
                tags=dict(labels),
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
                tags=dict(labels),
                opts=child,
            ),
            aws.vpc.SecurityGroupEgressRule(
                f"{self._name}-peers-out",
                security_group_id=group.id,
                description="All traffic between the nodes of a run",
                referenced_security_group_id=group.id,
                ip_protocol="-1",
                tags=dict(labels),
                opts=child,
            ),
        ]

    def _vpc(self, chosen: SageMakerRunArgs) -> aws.sagemaker.TrainingJobVpcConfigArgs | None:
        if self.security_group is None:
            return None
        return aws.sagemaker.TrainingJobVpcConfigArgs(
            subnets=chosen["network"]["subnet_ids"], security_group_ids=[self.security_group.id]
        )


def _channel(
    name: str, uri: pulumi.Input[str], chosen: SageMakerRunArgs
) -> aws.sagemaker.TrainingJobInputDataConfigArgs:
    return aws.sagemaker.TrainingJobInputDataConfigArgs(
        channel_name=name,
        input_mode=MODES[DatasetMode(chosen["dataset_mode"])],
        data_source=aws.sagemaker.TrainingJobInputDataConfigDataSourceArgs(
            s3_data_source=aws.sagemaker.TrainingJobInputDataConfigDataSourceS3DataSourceArgs(
                s3_data_type="S3Prefix",
                s3_uri=uri,
                # Each node has all of it, as on a cluster: the program shares it out.
                s3_data_distribution_type="FullyReplicated",
            )
        ),
    )


def _environment(args: TrainingJobArgs, told: Mapping[str, Any]) -> dict[str, pulumi.Input[str]]:
    secrets = {
        f"{name}_ARN": where["secret_arn"] for name, where in args.get("secrets", {}).items()
    }
    return {**args.get("environment", {}), **told, **secrets}
