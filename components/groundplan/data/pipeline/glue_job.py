"""A Spark job of AWS Glue: its script, role and logs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.data.pipeline.choices import WorkerType
from groundplan.data.pipeline.glue_environment import GlueEnvironment
from groundplan.data.pipeline.spec import GluePipelineSpec
from groundplan.iam import Statement
from groundplan.lambda_functions import source_archive

CHANNELS = ("error", "output")
"""What Glue logs apart: Spark and its daemons, and what the script writes (AWS Glue
Developer Guide, "Logging for AWS Glue jobs")."""
LOGS = "/aws-glue/jobs/"


@dataclass(frozen=True)
class JobPlan:
    """What a job runs."""

    role: str
    """`job` or `check`: its resources are named after it."""
    description: str
    script: str
    script_key: str
    worker_type: WorkerType
    workers: int
    timeout_minutes: int
    arguments: Mapping[str, pulumi.Input[str]]
    statements: Callable[[Mapping[str, Any]], list[Statement]]
    """What it may do, of what is known (`GlueEnvironment.known`, `needs`)."""
    needs: Mapping[str, Any]
    code: Mapping[str, str] = field(default_factory=dict)
    """Path -> text of the modules that the script imports (`--extra-py-files`)."""
    code_key: str = ""


class GlueSparkJob:
    """The job with what it needs."""

    def __init__(
        self,
        spec: GluePipelineSpec,
        plan: JobPlan,
        environment: GlueEnvironment,
        *,
        key_arn: pulumi.Output[str],
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        self._spec, self._plan, self._environment = spec, plan, environment
        self._key, self._tags, self._parent = key_arn, resource_tags, parent
        self._child = pulumi.ResourceOptions(parent=parent)
        self._name = f"{spec.name}-{plan.role}"
        self.script = aws.s3.BucketObjectv2(
            f"{self._name}-script",
            bucket=spec.bucket["bucket_name"],
            key=plan.script_key,
            content=plan.script,
            content_type="text/x-python",
            kms_key_id=spec.bucket["kms_key_arn"],
            tags=tags.of_object(spec.name),
            opts=self._child,
        )
        self.code = self._create_code() if plan.code else None
        self.role = aws.iam.Role(
            f"{self._name}-role",
            description=f"What the {plan.role} of {spec.name} may do",
            assume_role_policy=iam.account_trust(
                "glue.amazonaws.com", pulumi.InvokeOptions(parent=parent)
            ),
            tags=resource_tags,
            opts=self._child,
        )
        self.logs = {channel: self._create_logs(channel) for channel in CHANNELS}
        self.policy = self._create_policy()
        self.job = self._create_job()

    def _create_code(self) -> aws.s3.BucketObjectv2:
        return aws.s3.BucketObjectv2(
            f"{self._name}-code",
            bucket=self._spec.bucket["bucket_name"],
            key=self._plan.code_key,
            source=source_archive.archive(self._plan.code),
            content_type="application/zip",
            kms_key_id=self._spec.bucket["kms_key_arn"],
            tags=tags.of_object(self._spec.name),
            opts=self._child,
        )

    @property
    def _log_prefix(self) -> str:
        return f"{LOGS}{self._spec.qualified_name}"

    def _create_logs(self, channel: str) -> aws.cloudwatch.LogGroup:
        """Creates the log group under the name that Glue gives it: else Glue creates
        it, and stores its logs for ever."""
        return aws.cloudwatch.LogGroup(
            f"{self._name}-{channel}",
            name=pulumi.Output.concat(
                f"{self._log_prefix}/",
                self._environment.security_configuration.name,
                "-role/",
                self.role.name,
                f"/{channel}",
            ),
            retention_in_days=self._spec.log_retention_days,
            kms_key_id=self._key,
            tags=self._tags,
            opts=self._child,
        )

    def _create_policy(self) -> aws.iam.RolePolicy:
        logs = [group.arn for group in self.logs.values()]
        needed: Any = self._environment.known(logs=logs, **self._plan.needs)

        def policy(known: Mapping[str, Any]) -> str:
            return iam.document_text(self._plan.statements(known))

        return aws.iam.RolePolicy(
            f"{self._name}-policy",
            role=self.role.name,
            policy=pulumi.Output.all(**needed).apply(policy),
            opts=self._child,
        )

    def _create_job(self) -> aws.glue.Job:
        plan, environment = self._plan, self._environment
        name, connection = self._spec.bucket["bucket_name"], environment.connection
        return aws.glue.Job(
            self._name,
            description=plan.description,
            role_arn=self.role.arn,
            command=aws.glue.JobCommandArgs(
                name="glueetl",
                python_version="3",
                script_location=pulumi.Output.concat("s3://", name, "/", self.script.key),
            ),
            glue_version=self._spec.glue.glue_version,
            worker_type=plan.worker_type.value,
            number_of_workers=plan.workers,
            timeout=plan.timeout_minutes,
            max_retries=0,  # the state machine retries, and counts
            execution_class="STANDARD",
            execution_property=aws.glue.JobExecutionPropertyArgs(max_concurrent_runs=1),
            security_configuration=environment.security_configuration.name,
            connections=[connection.name] if connection else None,
            default_arguments={
                # AWS Glue Developer Guide, "Using job parameters in AWS Glue jobs".
                "--job-language": "python",
                "--enable-auto-scaling": "true",
                "--enable-metrics": "true",
                "--enable-observability-metrics": "true",
                "--custom-logGroup-prefix": self._log_prefix,
                **plan.arguments,
            },
            tags=self._tags,
            opts=pulumi.ResourceOptions(
                parent=self._parent,
                depends_on=[
                    self.policy,
                    *self.logs.values(),
                    *([self.code] if self.code else []),
                ],
            ),
        )
