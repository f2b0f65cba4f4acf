"""The specification of a DataPipeline: its arguments, with every default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.data.pipeline import cost_limits, script
from groundplan.data.pipeline.args import (
    ContainerJobArgs,
    DataPipelineArgs,
    GlueJobArgs,
    IcebergTableArgs,
    PipelineCatalogArgs,
    PipelineLimitsArgs,
    PipelineNetworkArgs,
    PipelineTriggersArgs,
    RayPipelineArgs,
)
from groundplan.data.pipeline.choices import PipelineEngine, WorkerType
from groundplan.data.pipeline.engine.names import TABLES
from groundplan.data.quality import rules
from groundplan.data.quality.rules import QualityRule
from groundplan.lambda_functions import operation
from groundplan.storage import dataset_folders
from groundplan.storage.access import ArtifactAccessArgs


@dataclass(frozen=True)
class GlueJob:
    """The Spark job."""

    script: str
    """Its text."""
    script_key: str
    glue_version: str
    worker_type: WorkerType
    workers: int
    timeout_minutes: int
    """What `limits` allow of it."""
    retries: int
    bookmarks: bool
    arguments: Mapping[str, str]
    python_modules: Sequence[str]
    network: PipelineNetworkArgs | None
    """None for Glue's own."""


@dataclass(frozen=True)
class ContainerJob:
    """The job in a cluster's queue."""

    script: str
    """Its text."""
    script_key: str
    image: pulumi.Input[str]
    cluster_name: pulumi.Input[str]
    namespace: str
    queue: str
    pool: str | None
    """None for any."""
    priority: str | None
    """None for the queue's."""
    cpu: int
    memory_gib: int
    volume_size_gb: int
    timeout_seconds: int
    """What `limits` allow of it."""
    retries: int
    max_wait_hours: int
    bookmarks: bool
    arguments: Mapping[str, str]
    look_minutes: int


@dataclass(frozen=True)
class PipelineRay:
    """The Ray cluster of a run."""

    version: str
    nodes: int
    """Pods that work, beside the head."""


@dataclass(frozen=True)
class PipelineTriggers:
    """What begins runs."""

    schedule_expression: str
    """Empty for none."""
    objects: bool
    datasets: Sequence[str]
    settle_minutes: int
    expected_within_hours: int | None
    """None for no alarm."""


@dataclass(frozen=True)
class PipelineCatalog:
    """Iceberg tables and the workgroup."""

    tables: Mapping[str, IcebergTableArgs]
    scan_limit_bytes: int


@dataclass(frozen=True)
class DataPipelineSpec(operation.Notified):
    """A pipeline, complete: what all engines read."""

    name: str
    qualified_name: str
    bucket: ArtifactAccessArgs
    dataset: str
    inputs: Mapping[str, str]
    tag: str
    quality: tuple[QualityRule, ...]
    """Empty if nothing is checked."""
    triggers: PipelineTriggers
    catalog: PipelineCatalog | None
    deletion_protection: bool

    @property
    def folder(self) -> str:
        """The folder of the dataset that the runs of this pipeline write."""
        return f"{dataset_folders.data(self.dataset)}{self.name}/"

    @property
    def tables(self) -> str:
        """The folder of the Iceberg tables: beside those of runs."""
        return f"{self.folder}{TABLES}/"

    @property
    def results(self) -> str:
        """The folder of the results of checks."""
        return f"quality/{self.dataset}/{self.name}/"

    @property
    def quarantine(self) -> str:
        """The folder of data that did not pass."""
        return f"{dataset_folders.quarantine(self.dataset)}{self.name}/"

    @property
    def scratch(self) -> str:
        """The folder of temporary objects of the runs."""
        return f"pipelines/{self.name}/temporary/"


@dataclass(frozen=True)
class GluePipelineSpec(DataPipelineSpec, operation.FunctionOperation):
    """A pipeline whose runs AWS Glue carries out."""

    glue: GlueJob
    dpu_hours_per_month: float

    @property
    def most_dpu_hours(self) -> float:
        """DPU hours that a run takes at most, with its check and all retries."""
        job = self.glue
        check = cost_limits.check_dpu_hours(job.retries) if self.quality else 0.0
        return check + cost_limits.most_dpu_hours(
            job.worker_type, job.workers, job.timeout_minutes, job.retries
        )


@dataclass(frozen=True)
class ClusterPipelineSpec(DataPipelineSpec):
    """A pipeline whose runs the jobs of a cluster carry out."""

    container: ContainerJob
    ray: PipelineRay | None
    """None for a single pod."""
    vcpu_hours_per_month: float

    @property
    def most_vcpu_hours(self) -> float:
        """vCPU hours that a run takes at most, with its check."""
        hours = self.container.timeout_seconds / 3600
        check = hours * cost_limits.CHECK_CPU if self.quality else 0.0
        return check + hours * cost_limits.vcpus(
            self.container.cpu, self.ray.nodes if self.ray else 0
        )


def resolve(args: DataPipelineArgs, context: Context) -> GluePipelineSpec | ClusterPipelineSpec:
    """Returns the specification of valid arguments. Reads the script."""
    filled: Mapping[str, Any] = with_defaults(DataPipelineArgs, args)
    limits: Mapping[str, Any] = with_defaults(PipelineLimitsArgs, args.get("limits", {}))
    common: dict[str, Any] = {
        **operation.notified(filled),
        "name": context.name,
        "qualified_name": context.plain_name,
        "bucket": args["bucket"],
        "dataset": args["dataset"],
        "inputs": args["inputs"],
        "tag": filled["tag"],
        "quality": rules.of_args(args["quality"]) if "quality" in args else (),
        "triggers": _triggers(args.get("triggers", {})),
        "catalog": _catalog(args["catalog"]) if "catalog" in args else None,
        "deletion_protection": filled["deletion_protection"],
    }
    if PipelineEngine(filled["engine"]) is PipelineEngine.GLUE:
        return GluePipelineSpec(
            **common | operation.of(filled),
            glue=_glue(context.name, args["glue"], limits["dpu_hours_per_run"]),
            dpu_hours_per_month=limits["dpu_hours_per_month"],
        )
    ray = _ray(args["ray"]) if "ray" in args else None
    return ClusterPipelineSpec(
        **common,
        container=_container(
            context.name,
            args["container"],
            ray.nodes if ray else 0,
            limits["vcpu_hours_per_run"],
        ),
        ray=ray,
        vcpu_hours_per_month=limits["vcpu_hours_per_month"],
    )


def _container(
    pipeline: str, args: ContainerJobArgs, workers: int, vcpu_hours_per_run: float
) -> ContainerJob:
    filled: Mapping[str, Any] = with_defaults(ContainerJobArgs, args)
    content = script.content(args["script"])
    return ContainerJob(
        script=content,
        script_key=script.key(pipeline, content),
        image=args["image"],
        cluster_name=args["cluster_name"],
        namespace=args["namespace"],
        queue=filled["queue"],
        pool=args.get("pool"),
        priority=args.get("priority"),
        cpu=filled["cpu"],
        memory_gib=filled["memory_gib"],
        volume_size_gb=filled["volume_size_gb"],
        timeout_seconds=60
        * cost_limits.container_minutes(
            filled["cpu"], workers, filled["timeout_minutes"], vcpu_hours_per_run
        ),
        retries=filled["retries"],
        max_wait_hours=filled["max_wait_hours"],
        bookmarks=filled["bookmarks"],
        arguments=args.get("arguments", {}),
        look_minutes=filled["look_minutes"],
    )


def _ray(args: RayPipelineArgs) -> PipelineRay:
    nodes: int = with_defaults(RayPipelineArgs, args)["nodes"]
    return PipelineRay(args["version"], nodes)


def _glue(pipeline: str, args: GlueJobArgs, dpu_hours_per_run: float) -> GlueJob:
    filled: Mapping[str, Any] = with_defaults(GlueJobArgs, args)
    kind, content = WorkerType(filled["worker_type"]), script.content(args["script"])
    return GlueJob(
        script=content,
        script_key=script.key(pipeline, content),
        glue_version=filled["glue_version"],
        worker_type=kind,
        workers=filled["workers"],
        timeout_minutes=cost_limits.timeout_minutes(
            kind, filled["workers"], filled["timeout_minutes"], dpu_hours_per_run
        ),
        retries=filled["retries"],
        bookmarks=filled["bookmarks"],
        arguments=args.get("arguments", {}),
        python_modules=args.get("python_modules", ()),
        network=args.get("network"),
    )


def _triggers(args: PipelineTriggersArgs) -> PipelineTriggers:
    filled: Mapping[str, Any] = with_defaults(PipelineTriggersArgs, args)
    return PipelineTriggers(
        schedule_expression=args.get("schedule_expression", ""),
        objects=filled["objects"],
        datasets=args.get("datasets", ()),
        settle_minutes=filled["settle_minutes"],
        expected_within_hours=args.get("expected_within_hours"),
    )


def _catalog(args: PipelineCatalogArgs) -> PipelineCatalog:
    gigabytes: float = with_defaults(PipelineCatalogArgs, args)["scan_limit_gb"]
    return PipelineCatalog(args["tables"], int(gigabytes * 10**9))
