"""What the jobs of runs are given: a role each for training and evaluation, and a
security group."""

import re
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.iam import Statement
from groundplan.retraining.component.spec import RetrainingPipelineSpec
from groundplan.sagemaker import execution_role
from groundplan.storage import dataset_folders
from groundplan.training.job import role as job_role
from groundplan.training.job import spec as job_spec
from groundplan.training.job.args import TrainingJobArgs
from groundplan.training.job.choices import RunsOn

PROCESSING_LOGS = "/aws/sagemaker/ProcessingJobs"
"""Of all processing jobs of the account; SageMaker writes nowhere else."""


class JobAccess:
    """The roles of the jobs, and the security group that they have in a VPC."""

    def __init__(
        self,
        spec: RetrainingPipelineSpec,
        *,
        results: pulumi.Input[str],
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        """`results`: the folder of the bucket that evaluations write to."""
        self._spec, self._tags, self._parent = spec, resource_tags, parent
        self._child = pulumi.ResourceOptions(parent=parent)
        self._invoke = pulumi.InvokeOptions(parent=parent)
        self._create_group()
        self.training_role: aws.iam.Role | None = None
        """The role of training jobs; None with an existing one."""
        self.evaluation_role: aws.iam.Role | None = None
        """The role of evaluations; None with an existing one."""
        first: list[pulumi.Resource] = []
        training, evaluation = spec.training.role_arn, spec.evaluation.role_arn
        if training is None:
            self.training_role, policy = self._create_role(
                "training", "Training jobs", self._training_statements(results)
            )
            training = self.training_role.arn
            first.append(policy)
        if evaluation is None:
            self.evaluation_role, policy = self._create_role(
                "evaluation", "Evaluations", self._evaluation_statements(results)
            )
            evaluation = self.evaluation_role.arn
            first.append(policy)
        self.training_role_arn = pulumi.Output.from_input(training)
        self.evaluation_role_arn = pulumi.Output.from_input(evaluation)
        self.policies = first
        """The policies of the roles that are created."""

    def _create_group(self) -> None:
        self.security_group: aws.ec2.SecurityGroup | None = None
        """The group of the jobs' network interfaces; None outside of a VPC."""
        network = self._spec.training.network
        if network is None:
            return
        self.security_group = aws.ec2.SecurityGroup(
            f"{self._spec.name}-security-group",
            description=f"Jobs of {self._spec.name}: HTTPS out, nothing in but from each other",
            vpc_id=network["vpc_id"],
            tags=dict(self._tags),
            opts=self._child,
        )
        shared: Any = {
            "security_group_id": self.security_group.id,
            "tags": dict(self._tags),
            "opts": self._child,
        }
        aws.vpc.SecurityGroupEgressRule(
            f"{self._spec.name}-egress",
            description="HTTPS, to S3 and AWS APIs",
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            **shared,
        )
        if self._spec.training.nodes == 1:
            return
        # As of a TrainingJob: NCCL takes any port, EFA any protocol.
        peers: Any = {
            "description": "All traffic between the nodes of a run",
            "referenced_security_group_id": self.security_group.id,
            "ip_protocol": "-1",
            **shared,
        }
        aws.vpc.SecurityGroupIngressRule(f"{self._spec.name}-peers-in", **peers)
        aws.vpc.SecurityGroupEgressRule(f"{self._spec.name}-peers-out", **peers)

    def _create_role(
        self, role: str, jobs: str, statements: Sequence[Statement]
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        created = aws.iam.Role(
            f"{self._spec.name}-{role}-role",
            description=f"What {jobs.lower()} of {self._spec.name} may do",
            assume_role_policy=execution_role.trust(self._invoke),
            tags=dict(self._tags),
            opts=self._child,
        )
        policy = aws.iam.RolePolicy(
            f"{self._spec.name}-{role}-policy",
            role=created.name,
            policy=iam.document(statements),
            opts=self._child,
        )
        return created, policy

    def _training_statements(self, results: pulumi.Input[str]) -> list[Statement]:
        """Returns what training jobs may do: what the runs of the champion's
        `TrainingJob` may, on all versions of the dataset."""
        spec, training = self._spec, self._spec.training
        run: Any = {"instance_type": training.instance_type}
        if training.network is not None:
            run["network"] = training.network
        args: TrainingJobArgs = {
            "on": RunsOn.SAGEMAKER,
            "image": training.image,
            "code": {"repository": "", "revision": ""},
            "secrets": {
                f"secret-{number}": {"secret_arn": arn}
                for number, arn in enumerate(training.secret_arns)
            },
            "datasets": {training.input_name: {"uri": self._uri(spec.dataset), "version": ""}},
            "artifacts": spec.artifacts,
            "checkpoint_prefix": training.checkpoint_prefix,
            "output_prefix": training.output_prefix,
            "nodes": training.nodes,
            "sagemaker": run,
        }
        job = job_spec.resolve(training.job, training.job, args)
        if job.sagemaker is None:
            raise AssertionError("a job on SageMaker has its settings")
        return [
            *job_role.statements(job, job.sagemaker, self._invoke),
            # SageMaker reads the list of a version's objects, and then these.
            iam.allow("ReadObjectLists", ["s3:GetObject"], [self._lists(results, "data")]),
            *self._further_data(),
        ]

    def _evaluation_statements(self, results: pulumi.Input[str]) -> list[Statement]:
        """Returns what evaluations may do: read both models and the data, and write
        what they measured."""
        spec, evaluation = self._spec, self._spec.evaluation
        bucket, key = spec.artifacts["bucket_arn"], spec.artifacts["kms_key_arn"]
        data = [reference for reference in (evaluation.held_out, evaluation.recent) if reference]
        own = pulumi.Output.concat(bucket, "/", results, "*/evaluation/*")
        lists = [self._lists(results, name) for name in ("held_out", "recent")]
        models = pulumi.Output.concat(bucket, "/", spec.training.output_prefix, "*")
        statements = [
            *execution_role.image_statements(
                [evaluation.image or spec.training.image], self._invoke
            ),
            *job_role.telemetry_statements(PROCESSING_LOGS, self._invoke),
            iam.allow(
                "ReadData",
                ["s3:GetObject", "s3:GetObjectVersion"],
                [self._objects(reference) for reference in data],
            ),
            *self._further_data(),
            iam.allow("ReadModels", ["s3:GetObject"], [models, *lists]),
            # Without a prefix: the models' folders are known when a run begins.
            iam.allow("ListFolders", ["s3:GetBucketLocation", "s3:ListBucket"], [bucket]),
            iam.allow("WriteResults", ["s3:AbortMultipartUpload", "s3:PutObject"], [own]),
            iam.allow("UseArtifactKey", ["kms:Decrypt", "kms:GenerateDataKey"], [key]),
            *execution_role.volume_statements(key),
        ]
        if spec.training.network is not None:
            vpc = spec.training.network["vpc_id"]
            statements += execution_role.network_statements(vpc, self._invoke)
        return statements

    def _further_data(self) -> list[Statement]:
        """Returns what reads objects of versions outside of their dataset's folder."""
        bucket = self._spec.artifacts["bucket_arn"]
        folders = [
            pulumi.Output.concat(bucket, f"/{prefix}*") for prefix in self._spec.data_prefixes
        ]
        return [iam.allow("ReadFurtherData", ["s3:GetObject"], folders)] if folders else []

    def _lists(self, results: pulumi.Input[str], name: str) -> pulumi.Output[str]:
        """Returns the ARN of the lists of objects that runs write. Beside them are
        tokens, which jobs must not read."""
        bucket = self._spec.artifacts["bucket_arn"]
        return pulumi.Output.concat(bucket, "/", results, f"*/{name}.manifest.json")

    def _uri(self, reference: str) -> pulumi.Input[str]:
        """Returns the folder in S3 with the objects of all versions of a dataset."""
        if reference.startswith("s3://"):
            return reference
        bucket = self._spec.artifacts["bucket_name"]
        return pulumi.Output.concat("s3://", bucket, "/", dataset_folder(reference))

    def _objects(self, reference: str) -> pulumi.Output[str]:
        """Returns the ARN of the objects of a reference."""
        partition = iam.partition(self._invoke)
        path = pulumi.Output.from_input(self._uri(reference)).apply(
            lambda uri: uri.removeprefix("s3://")
        )
        return pulumi.Output.format("arn:{0}:s3:::{1}*", partition, path)


def dataset_folder(reference: str) -> str:
    """Returns the folder of a dataset in the artifact bucket."""
    return dataset_folders.folder(re.split("[:@]", reference)[0])
