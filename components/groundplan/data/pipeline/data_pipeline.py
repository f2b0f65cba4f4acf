"""The component DataPipeline: ETL as code, from raw objects to a published version of a
dataset."""

import hashlib
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.data.pipeline import job_plans, permissions
from groundplan.data.pipeline.alarms import PipelineAlarms
from groundplan.data.pipeline.args import DataPipelineArgs
from groundplan.data.pipeline.engine.names import VARIABLE
from groundplan.data.pipeline.engine.settings import PipelineSettings
from groundplan.data.pipeline.glue_environment import GlueEnvironment
from groundplan.data.pipeline.glue_job import GlueSparkJob
from groundplan.data.pipeline.spec import DataPipelineSpec, resolve
from groundplan.data.pipeline.state_machine import PipelineMachine
from groundplan.data.pipeline.tables import Tables
from groundplan.data.pipeline.triggers import PipelineTriggering
from groundplan.data.pipeline.validation import validate
from groundplan.lambda_functions import event_function, function_role, source_archive

ENTRY = "groundplan.data.pipeline.engine.handler"
KEY_SERVICES = ("events", "logs", "log-delivery")
MEMORY_MB = 1024
"""A commit holds a few thousand names of objects at a time; the share of a processor
grows with the memory."""
MAX_AGE_SECONDS = 21_600


class DataPipeline(Component):
    """Carries runs out on a schedule, or when objects or datasets change: a Spark job
    of AWS Glue reads raw objects and writes a folder of a dataset, which is committed
    as a version and published by moving a tag.

    A run that fails publishes nothing. Runs don't overlap, and a run that could exceed
    the DPU hours of the month does not begin.
    """

    state_machine_arn: pulumi.Output[str]
    """ARN of the state machine: each execution is a run, or joins one."""
    job_name: pulumi.Output[str]
    """Name of the Glue job."""
    job_role_arn: pulumi.Output[str]
    """ARN of the role of the job."""
    queue_url: pulumi.Output[str]
    """URL of the queue of events that were not delivered."""
    workgroup_name: pulumi.Output[str | None]
    """Name of the Athena workgroup; none without a catalog."""

    def __init__(
        self, name: str, args: DataPipelineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:DataPipeline", name, {}, opts)
        context = Context.of(name, opts)
        spec = resolve(
            arguments.validated("DataPipeline", DataPipelineArgs, args, validate, context),
            context,
        )
        resource_tags = tags.merged(name, spec.tags)
        self._stores = event_function.create_stores(
            name,
            kms_key_arn=spec.kms_key_arn,
            services=KEY_SERVICES,
            log_retention_days=spec.log_retention_days,
            deletion_protection=spec.deletion_protection,
            tags=spec.tags,
            parent=self,
        )
        self.key, self.log_group = self._stores.key, self._stores.log_group
        self.queue = self._stores.queue
        self.catalog = (
            Tables(spec, spec.catalog, resource_tags=resource_tags, parent=self)
            if spec.catalog
            else None
        )
        """The database, its tables and the workgroup; None without a catalog."""
        self._create_jobs(spec, resource_tags)
        invoke = pulumi.InvokeOptions(parent=self)
        # Up to the characters that Pulumi appends: the machine needs the function,
        # whose policy names the machine.
        machines = pulumi.Output.format(
            "arn:{0}:states:{1}:{2}:stateMachine:{3}-machine-*",
            iam.partition(invoke),
            iam.region(invoke),
            iam.account_id(invoke),
            name,
        )
        self._create_function(spec, machines)
        self._machine = PipelineMachine(
            spec,
            function=self.function,
            job=self.job,
            check=self.check.job if self.check else None,
            key_arn=self._stores.key_arn,
            machines=machines,
            resource_tags=resource_tags,
            parent=self,
        )
        self.state_machine = self._machine.machine
        self.triggers = PipelineTriggering(
            spec,
            machine=self.state_machine,
            stores=self._stores,
            resource_tags=resource_tags,
            parent=self,
        )
        self.alarms = PipelineAlarms(
            spec,
            machine_arn=self.state_machine.arn,
            machine_logs=self._machine.log_group.name,
            queue_name=self.queue.name,
            resource_tags=resource_tags,
            parent=self,
        ).all
        """By what they watch: failed, timed-out, over-limit, undelivered, quarantined,
        late."""

        self.state_machine_arn, self.job_name = self.state_machine.arn, self.job.name
        self.job_role_arn, self.queue_url = self.glue.role.arn, self.queue.url
        self.workgroup_name = pulumi.Output.from_input(
            self.catalog.workgroup.name if self.catalog else None
        )
        self.register_outputs(
            {
                "stateMachineArn": self.state_machine_arn,
                "jobName": self.job_name,
                "jobRoleArn": self.job_role_arn,
                "queueUrl": self.queue_url,
                "workgroupName": self.workgroup_name,
            }
        )

    def _create_jobs(self, spec: DataPipelineSpec, resource_tags: tags.Tags) -> None:
        shared: Any = {
            "key_arn": self._stores.key_arn,
            "resource_tags": resource_tags,
            "parent": self,
        }
        self.environment = GlueEnvironment(spec, **shared)
        plan = job_plans.transform(spec, self.catalog, self)
        self.glue = GlueSparkJob(spec, plan, self.environment, **shared)
        self.job = self.glue.job
        self.check: GlueSparkJob | None = None
        """The job that checks what a run wrote; None without quality rules."""
        if spec.quality:
            plan = job_plans.check(spec)
            self.check = GlueSparkJob(spec, plan, self.environment, **shared)

    def _create_function(self, spec: DataPipelineSpec, machines: pulumi.Output[str]) -> None:
        name = spec.name
        self.role = function_role.create_role(
            name, description=f"What the steps of {name} may do", tags=spec.tags, parent=self
        )
        self.policy = function_role.create_policy(
            name,
            role=self.role,
            stores=self._stores,
            needed={
                "data": permissions.data_statements(spec),
                "machine": machines,
                "jobs": [job.arn for job in self._jobs],
            },
            statements=permissions.function_statements,
            tracing=spec.tracing,
            parent=self,
        )
        names = [job.name for job in self._jobs]
        variable = pulumi.Output.all(spec.bucket["bucket_name"], *names).apply(
            lambda known: settings(spec, known[0], known[1:]).text()
        )
        self.function, self.failed_events = event_function.create_function(
            name,
            description=f"Begins the runs of {name}, and publishes what they wrote",
            handler=f"{ENTRY}.handle",
            code=source_archive.archive(source_archive.sources(ENTRY)),
            memory_mb=MEMORY_MB,
            environment={VARIABLE: variable},
            max_age_seconds=MAX_AGE_SECONDS,
            tracing=spec.tracing,
            stores=self._stores,
            policy=self.policy,
            role=self.role,
            tags=spec.tags,
            parent=self,
        )

    @property
    def _jobs(self) -> list[aws.glue.Job]:
        return [self.job, *([self.check.job] if self.check else [])]


def settings(spec: DataPipelineSpec, bucket: str, jobs: Sequence[str]) -> PipelineSettings:
    """Returns the settings of the function."""
    return PipelineSettings(
        pipeline=spec.name,
        bucket=bucket,
        dataset=spec.dataset,
        tag=spec.tag,
        folder=spec.folder,
        jobs=tuple(jobs),
        script=hashlib.sha256(spec.glue.script.encode()).hexdigest(),
        most_dpu_hours=spec.most_dpu_hours,
        dpu_hours_per_month=spec.dpu_hours_per_month,
        inputs=dict(spec.inputs),
        results=spec.results if spec.quality else "",
        quarantine=spec.quarantine if spec.quality else "",
        datasets=tuple(spec.triggers.datasets),
    )
