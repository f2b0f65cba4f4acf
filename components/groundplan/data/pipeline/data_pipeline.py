"""The component DataPipeline: ETL as code, from raw objects to a published version of a
dataset."""

from dataclasses import replace

import pulumi

from groundplan import arguments, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.data.pipeline.args import DataPipelineArgs
from groundplan.data.pipeline.cluster.cluster_pipeline import ClusterPipeline
from groundplan.data.pipeline.glue_pipeline import GluePipeline
from groundplan.data.pipeline.spec import GluePipelineSpec, resolve
from groundplan.data.pipeline.tables import Tables
from groundplan.data.pipeline.validation import validate


class DataPipeline(Component):
    """Carries runs out on a schedule, or when objects or datasets change: a job reads
    raw objects and writes a folder of a dataset, which is committed as a version and
    published by moving a tag.

    `engine` says what the job is: Spark in AWS Glue, which a state machine starts, or a
    pod or a Ray cluster of the queue of a Kubernetes cluster, which a CronJob starts.
    Both take the same steps. A run that fails publishes nothing. Runs don't overlap,
    and a run that could exceed the hours of the month does not begin.
    """

    state_machine_arn: pulumi.Output[str | None]
    """ARN of the state machine: each execution is a run, or joins one; null on a
    cluster."""
    job_name: pulumi.Output[str | None]
    """Name of the Glue job; null on a cluster."""
    cron_job_name: pulumi.Output[str | None]
    """Name of the CronJob that carries the runs; null in AWS Glue."""
    job_role_arn: pulumi.Output[str]
    """ARN of the role of the job."""
    queue_url: pulumi.Output[str | None]
    """URL of the queue of events that were not delivered; null on a cluster, where none
    are sent."""
    workgroup_name: pulumi.Output[str | None]
    """Name of the Athena workgroup; none without a catalog."""

    def __init__(
        self, name: str, args: DataPipelineArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:DataPipeline", name, {}, opts)
        # The provider may be inherited from a parent.
        provider = self.get_provider("kubernetes:core/v1:Namespace")
        context = replace(Context.of(name, opts), has_kubernetes_provider=provider is not None)
        spec = resolve(
            arguments.validated("DataPipeline", DataPipelineArgs, args, validate, context),
            context,
        )
        resource_tags = tags.merged(name, spec.tags)
        self.catalog = (
            Tables(spec, spec.catalog, resource_tags=resource_tags, parent=self)
            if spec.catalog
            else None
        )
        """The database, its tables and the workgroup; None without a catalog."""
        self.glue: GluePipeline | None = None
        """What carries runs in AWS Glue; None on a cluster."""
        self.cluster: ClusterPipeline | None = None
        """What carries runs on a cluster; None in AWS Glue."""
        if isinstance(spec, GluePipelineSpec):
            self.glue = glue = GluePipeline(spec, self.catalog, self)
            self.alarms, self.job_role = glue.alarms, glue.glue.role
        else:
            self.cluster = cluster = ClusterPipeline(spec, self.catalog, self)
            self.alarms, self.job_role = cluster.alarms, cluster.job_role.role
        self._set_outputs()

    def _set_outputs(self) -> None:
        glue, cluster = self.glue, self.cluster
        self.state_machine_arn = pulumi.Output.from_input(glue.state_machine.arn if glue else None)
        self.job_name = pulumi.Output.from_input(glue.job.name if glue else None)
        self.cron_job_name = pulumi.Output.from_input(
            cluster.cron_job.metadata["name"] if cluster else None
        )
        self.job_role_arn = self.job_role.arn
        self.queue_url = pulumi.Output.from_input(glue.queue.url if glue else None)
        self.workgroup_name = pulumi.Output.from_input(
            self.catalog.workgroup.name if self.catalog else None
        )
        self.register_outputs(
            {
                "stateMachineArn": self.state_machine_arn,
                "jobName": self.job_name,
                "cronJobName": self.cron_job_name,
                "jobRoleArn": self.job_role_arn,
                "queueUrl": self.queue_url,
                "workgroupName": self.workgroup_name,
            }
        )
