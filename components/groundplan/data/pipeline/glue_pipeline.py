"""What carries the runs of a DataPipeline in AWS Glue: Spark jobs, and the state
machine that starts them."""

import hashlib
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.data.pipeline import job_plans, permissions
from groundplan.data.pipeline.alarms import PipelineAlarms
from groundplan.data.pipeline.engine.names import VARIABLE
from groundplan.data.pipeline.engine.settings import PipelineSettings
from groundplan.data.pipeline.glue_environment import GlueEnvironment
from groundplan.data.pipeline.glue_job import GlueSparkJob
from groundplan.data.pipeline.spec import GluePipelineSpec
from groundplan.data.pipeline.state_machine import create_pipeline_machine
from groundplan.data.pipeline.tables import Tables
from groundplan.data.pipeline.triggers import PipelineTriggering
from groundplan.lambda_functions import event_function, function_role, source_archive

ENTRY = "groundplan.data.pipeline.engine.handler"
KEY_SERVICES = ("events", "logs", "log-delivery")
MEMORY_MB = 1024
"""A commit holds a few thousand names of objects at a time; the share of a processor
grows with the memory."""
MAX_AGE_SECONDS = 21_600


class GluePipeline:
    """The jobs, the function, the state machine and what begins it."""

    def __init__(
        self, spec: GluePipelineSpec, catalog: Tables | None, parent: pulumi.Resource
    ) -> None:
        name, self._parent, self._catalog = spec.name, parent, catalog
        resource_tags = tags.merged(name, spec.tags)
        self._stores = event_function.create_stores(
            name,
            spec,
            services=KEY_SERVICES,
            parent=parent,
        )
        self.key, self.log_group = self._stores.key, self._stores.log_group
        self.queue = self._stores.queue
        self._create_jobs(spec, resource_tags)
        invoke = pulumi.InvokeOptions(parent=parent)
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
        self._machine = create_pipeline_machine(
            spec,
            function=self.function,
            job=self.job,
            check=self.check.job if self.check else None,
            key_arn=self._stores.key_arn,
            machines=machines,
            parent=parent,
        )
        self.state_machine = self._machine.machine
        self.triggers = PipelineTriggering(
            spec,
            machine=self.state_machine,
            stores=self._stores,
            resource_tags=resource_tags,
            parent=parent,
        )
        self.alarms = PipelineAlarms(
            spec,
            machine_arn=self.state_machine.arn,
            machine_logs=self._machine.log_group.name,
            queue_name=self.queue.name,
            resource_tags=resource_tags,
            parent=parent,
        ).all

    def _create_jobs(self, spec: GluePipelineSpec, resource_tags: tags.Tags) -> None:
        shared: Any = {
            "key_arn": self._stores.key_arn,
            "resource_tags": resource_tags,
            "parent": self._parent,
        }
        self.environment = GlueEnvironment(spec, **shared)
        plan = job_plans.transform(spec, self._catalog, self._parent)
        self.glue = GlueSparkJob(spec, plan, self.environment, **shared)
        self.job = self.glue.job
        self.check: GlueSparkJob | None = None
        """The job that checks what a run wrote; None without quality rules."""
        if spec.quality:
            plan = job_plans.check(spec)
            self.check = GlueSparkJob(spec, plan, self.environment, **shared)

    def _create_function(self, spec: GluePipelineSpec, machines: pulumi.Output[str]) -> None:
        name = spec.name
        self.role = function_role.create_role(
            name,
            spec,
            description=f"What the steps of {name} may do",
            parent=self._parent,
        )
        self.policy = function_role.create_policy(
            name,
            spec,
            role=self.role,
            stores=self._stores,
            needed={
                "data": [
                    *permissions.data_statements(spec),
                    *permissions.recording_statements(spec),
                ],
                "machine": machines,
                "jobs": [job.arn for job in self._jobs],
            },
            statements=permissions.function_statements,
            parent=self._parent,
        )
        names = [job.name for job in self._jobs]
        variable = pulumi.Output.all(spec.bucket["bucket_name"], *names).apply(
            lambda known: settings(spec, known[0], known[1:]).text()
        )
        self.function, self.failed_events = event_function.create_function(
            name,
            spec,
            description=f"Begins the runs of {name}, and publishes what they wrote",
            handler=f"{ENTRY}.handle",
            code=source_archive.archive(source_archive.sources(ENTRY)),
            memory_mb=MEMORY_MB,
            environment={VARIABLE: variable},
            max_age_seconds=MAX_AGE_SECONDS,
            stores=self._stores,
            policy=self.policy,
            role=self.role,
            parent=self._parent,
        )

    @property
    def _jobs(self) -> list[aws.glue.Job]:
        return [self.job, *([self.check.job] if self.check else [])]


def settings(spec: GluePipelineSpec, bucket: str, jobs: Sequence[str]) -> PipelineSettings:
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
