"""The specification of a DataPipeline: its arguments, with every default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.data.pipeline import cost_limits, script
from groundplan.data.pipeline.args import (
    DataPipelineArgs,
    GlueJobArgs,
    IcebergTableArgs,
    PipelineCatalogArgs,
    PipelineLimitsArgs,
    PipelineNetworkArgs,
    PipelineTriggersArgs,
)
from groundplan.data.pipeline.choices import WorkerType
from groundplan.data.pipeline.engine.names import TABLES
from groundplan.data.quality import rules
from groundplan.data.quality.rules import QualityRule
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
class DataPipelineSpec:
    """A pipeline, complete."""

    name: str
    qualified_name: str
    bucket: ArtifactAccessArgs
    dataset: str
    inputs: Mapping[str, str]
    tag: str
    glue: GlueJob
    quality: tuple[QualityRule, ...]
    """Empty if nothing is checked."""
    triggers: PipelineTriggers
    dpu_hours_per_month: float
    catalog: PipelineCatalog | None
    alarm_actions: Sequence[pulumi.Input[str]]
    owner: str
    """Empty if it is unknown."""
    runbooks_url: str
    """Empty if alarms name paths."""
    kms_key_arn: pulumi.Input[str] | None
    """None for a key that is created."""
    log_retention_days: int
    tracing: bool
    deletion_protection: bool
    tags: Mapping[str, pulumi.Input[str]]

    @property
    def most_dpu_hours(self) -> float:
        """DPU hours that a run takes at most, with its check and all retries."""
        job = self.glue
        check = cost_limits.check_dpu_hours(job.retries) if self.quality else 0.0
        return check + cost_limits.most_dpu_hours(
            job.worker_type, job.workers, job.timeout_minutes, job.retries
        )

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


def resolve(args: DataPipelineArgs, context: Context) -> DataPipelineSpec:
    """Returns the specification of valid arguments. Reads the script."""
    filled: Mapping[str, Any] = with_defaults(DataPipelineArgs, args)
    limits: Mapping[str, Any] = with_defaults(PipelineLimitsArgs, args.get("limits", {}))
    return DataPipelineSpec(
        name=context.name,
        qualified_name=context.plain_name,
        bucket=args["bucket"],
        dataset=args["dataset"],
        inputs=args["inputs"],
        tag=filled["tag"],
        glue=_glue(context.name, args["glue"], limits["dpu_hours_per_run"]),
        quality=rules.of_args(args["quality"]) if "quality" in args else (),
        triggers=_triggers(args.get("triggers", {})),
        dpu_hours_per_month=limits["dpu_hours_per_month"],
        catalog=_catalog(args["catalog"]) if "catalog" in args else None,
        alarm_actions=args.get("alarm_actions", ()),
        owner=args.get("owner", ""),
        runbooks_url=args.get("runbooks_url", ""),
        kms_key_arn=args.get("kms_key_arn"),
        log_retention_days=filled["log_retention_days"],
        tracing=filled["tracing"],
        deletion_protection=filled["deletion_protection"],
        tags=args.get("tags", {}),
    )


def _glue(pipeline: str, args: GlueJobArgs, dpu_hours_per_run: float) -> GlueJob:
    filled: Mapping[str, Any] = with_defaults(GlueJobArgs, args)
    file, kind = script.located(args["script"]), WorkerType(filled["worker_type"])
    if file is None:
        raise FileNotFoundError(args["script"])
    content = file.read_text(encoding="utf-8")
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
