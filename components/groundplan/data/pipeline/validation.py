"""Validates the arguments of a DataPipeline."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan import runbooks
from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.data.pipeline import column_types, container_rules, cost_limits, engine_rules
from groundplan.data.pipeline.args import (
    DataPipelineArgs,
    GlueJobArgs,
    PipelineCatalogArgs,
    PipelineLimitsArgs,
    PipelineTriggersArgs,
)
from groundplan.data.pipeline.choices import PipelineEngine, WorkerType
from groundplan.data.pipeline.script_rules import ARGUMENT, script_problems
from groundplan.data.quality import validation as quality
from groundplan.data.quality.args import QualityArgs
from groundplan.data.reference import TAG
from groundplan.eventbridge import schedule_expressions
from groundplan.facts import log_retention
from groundplan.problems import Problem, one_of, under, whole_number
from groundplan.storage import arns, dataset_folders
from groundplan.storage.prefixes import prefix_problems

MAX_NAME = 40
"""Characters of the component's name: a role has 64 (IAM quotas), of which
`-schedule-role` and Pulumi's suffix take 22."""
GLUE_VERSIONS = ("5.0", "5.1")
"""Versions whose logs, bookmarks and Iceberg this component configures."""
MAX_INPUTS, MAX_PARENTS = 2000, 20
"""Characters of inputs, and references: the function's environment has both, and 4 KB
(Lambda quotas)."""
RESERVED = frozenset(
    {
        *("run", "output", "database", "TempDir", "additional-python-modules"),
        *("custom-logGroup-prefix", "datalake-formats", "job-language"),
        *("JOB_NAME", "JOB_RUN_ID", "conf", "debug", "endpoint", "mode"),
    }
)
"""Arguments that the component passes, or that Glue keeps for itself (AWS Glue
Developer Guide, "Using job parameters in AWS Glue jobs")."""
RESERVED_PREFIXES = ("input-", "version-", "enable-", "job-bookmark-")
TABLE = re.compile(r"[a-z][a-z0-9_]{0,62}")
"""Names that Athena takes without quotes (Athena User Guide, "Name databases, tables,
and columns")."""
MODULE = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[a-z0-9,_-]+\])?==[0-9][A-Za-z0-9.]*|s3://.+\.whl"
)


def validate(args: DataPipelineArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    found: list[Problem] = engine_rules.problems(args, context)
    if not re.fullmatch(r"[a-z0-9](-?[a-z0-9])*", context.name) or len(context.name) > MAX_NAME:
        allowed = f"lower-case letters, digits and hyphens, at most {MAX_NAME}: folders have it"
        found.append(Problem("name", context.name, allowed, "rename the component"))
    found += log_retention.problems("log_retention_days", args.get("log_retention_days"))
    found += arns.key_problems("kms_key_arn", args.get("kms_key_arn"))
    found += runbooks.owner_problems("owner", args.get("owner"))
    found += runbooks.problems("runbooks_url", args.get("runbooks_url"))
    dataset = args.get("dataset")
    if dataset is not None:
        found += dataset_folders.name_problems("dataset", dataset)
    if not TAG.fullmatch(args.get("tag", "latest")):
        allowed = "a tag: up to 63 letters, digits, dots, - and _"
        found.append(Problem("tag", args.get("tag"), allowed))
    found += _inputs(args, context.name)
    found += under("triggers", _triggers(args.get("triggers", {}), dataset))
    if "glue" in args:
        found += under("glue", _glue(args["glue"]))
    engine = engine_rules.engine_of(args)
    if engine is PipelineEngine.GLUE and "glue" in args:
        found += _limits(args["glue"], args.get("limits", {}), "quality" in args)
    if "container" in args:
        found += under("container", container_rules.problems(args["container"]))
    if engine is not PipelineEngine.GLUE and "container" in args:
        found += container_rules.limit_problems(args)
    if "quality" in args:
        inputs = args.get("inputs", {})
        found += under("quality", quality.problems(args["quality"], inputs))
        found += under("quality", _references(args["quality"], inputs))
    if "catalog" in args:
        found += under("catalog", _catalog(args["catalog"]))
    return found


def _inputs(args: DataPipelineArgs, pipeline: str) -> Iterator[Problem]:
    inputs: Mapping[str, str] = args.get("inputs", {})
    if "inputs" in args and not inputs:
        yield Problem("inputs", {}, "at least one folder", "name what the runs read")
    size = sum(len(name) + len(folder) for name, folder in inputs.items())
    if size > MAX_INPUTS:
        allowed = f"names and folders of at most {MAX_INPUTS} characters together"
        fix = "name a folder above several of them"
        yield Problem("inputs", len(inputs), allowed, fix)
    dataset = str(args.get("dataset", ""))
    # Objects there would begin the next run.
    every = (
        dataset_folders.folder(dataset),
        dataset_folders.quarantine(dataset),
        f"quality/{dataset}/",
        f"pipelines/{pipeline}/",
    )
    for name, folder in inputs.items():
        key = f"inputs.{name}"
        if not ARGUMENT.fullmatch(name):
            yield Problem(key, name, "a name of letters, digits, - and _", "rename the input")
        yield from prefix_problems(key, folder)
        if not folder:
            allowed = "a folder: the job would reach the whole bucket"
            yield Problem(key, folder, allowed, "name the folder")
            continue
        own = next((o for o in every if folder.startswith(o) or o.startswith(folder)), None)
        if dataset and own:
            allowed = f"a folder apart from {own}, which the runs write"
            yield Problem(key, folder, allowed, "name another folder")


def _references(args: QualityArgs, inputs: Mapping[str, str]) -> Iterator[Problem]:
    """A check reads every file of an input that a rule refers to: the whole folder of a
    dataset has manifests and tags, too."""
    for name, rules in args.get("columns", {}).items():
        folder = inputs.get(rules.get("references", {}).get("input", ""), "")
        if dataset_folders.is_whole(folder):
            key = f"columns.{name}.references.input"
            fix = f"set the input to {folder}data/, or to a folder below it"
            yield Problem(key, folder, "an input that is a folder of Parquet files", fix)


def _triggers(triggers: PipelineTriggersArgs, dataset: str | None) -> Iterator[Problem]:
    yield from schedule_expressions.problems(
        "schedule_expression", triggers.get("schedule_expression")
    )
    yield from whole_number("settle_minutes", triggers.get("settle_minutes"), 1, 1440, "minutes")
    # CloudWatch evaluates at most seven days (CloudWatch API, `PutMetricAlarm`).
    within = triggers.get("expected_within_hours")
    yield from whole_number("expected_within_hours", within, 1, 168, "hours")
    yield from _too_early(triggers)
    if len(triggers.get("datasets", ())) > MAX_PARENTS:
        many = len(triggers["datasets"])
        yield Problem("datasets", many, f"at most {MAX_PARENTS} references", "remove some")
    for index, reference in enumerate(triggers.get("datasets", ())):
        key = f"datasets[{index}]"
        name, _, tag = reference.partition(":")
        if not dataset_folders.NAME.fullmatch(name) or not TAG.fullmatch(tag):
            fix = "write it as users:production"
            yield Problem(key, reference, "a dataset and one of its tags", fix)
        elif name == dataset:
            allowed = "another dataset: a publication of the pipeline would begin its next run"
            yield Problem(key, reference, allowed, "remove it")


def _too_early(triggers: PipelineTriggersArgs) -> Iterator[Problem]:
    """An alarm on what the schedule alone cannot keep to would be on each day."""
    within, expression = triggers.get("expected_within_hours"), triggers.get("schedule_expression")
    if not isinstance(within, int) or not isinstance(expression, str):
        return
    gaps = schedule_expressions.gaps(expression)
    if gaps is None or within >= gaps.longest or triggers.get("objects") or "datasets" in triggers:
        return
    allowed = f"at least {gaps.longest:g}, the hours between two runs of schedule_expression"
    fix = "raise it" if gaps.longest <= 168 else "remove it"
    yield Problem("expected_within_hours", within, allowed, fix)


def _glue(glue: GlueJobArgs) -> Iterator[Problem]:
    if "glue_version" in glue:
        yield from one_of("glue_version", glue["glue_version"], GLUE_VERSIONS)
    # AWS Glue API, `Job`: NumberOfWorkers; a Spark job has a driver and an executor.
    yield from whole_number("workers", glue.get("workers"), 2, 299)
    # The same, `Timeout`: seven days at most.
    least = cost_limits.LEAST_MINUTES
    yield from whole_number("timeout_minutes", glue.get("timeout_minutes"), least, 10080, "minutes")
    yield from whole_number("retries", glue.get("retries"), 0, 5)
    yield from script_problems(glue)
    for name, value in glue.get("arguments", {}).items():
        if name in RESERVED or name.startswith(RESERVED_PREFIXES):
            allowed = "a name that neither Glue nor the component uses"
            yield Problem(f"arguments.{name}", value, allowed, "rename the argument")
    for index, module in enumerate(glue.get("python_modules", ())):
        if not MODULE.fullmatch(module):
            allowed = "a package with its version, or the S3 URI of a wheel"
            fix = "pin it: the same commit has to give the same run"
            yield Problem(f"python_modules[{index}]", module, allowed, fix)


def _limits(glue: GlueJobArgs, limits: PipelineLimitsArgs, is_checked: bool) -> Iterator[Problem]:
    filled: Mapping[str, Any] = with_defaults(PipelineLimitsArgs, limits)
    of_run, of_month = filled["dpu_hours_per_run"], filled["dpu_hours_per_month"]
    wrong = [
        Problem(f"limits.{key}", filled[key], "a number above 0")
        for key in ("dpu_hours_per_run", "dpu_hours_per_month")
        if not 0 < filled[key] < float("inf")
    ]
    yield from wrong
    job: Mapping[str, Any] = with_defaults(GlueJobArgs, glue)
    if wrong or not isinstance(job["workers"], int) or job["workers"] < 1:
        return
    kind, workers = WorkerType(job["worker_type"]), job["workers"]
    minutes = cost_limits.timeout_minutes(kind, workers, job["timeout_minutes"], of_run)
    if minutes < min(cost_limits.LEAST_MINUTES, job["timeout_minutes"]):
        allowed = f"DPU hours for {cost_limits.LEAST_MINUTES} minutes of {workers} {kind.value}"
        fix = "raise it, or lower glue.workers"
        yield Problem("limits.dpu_hours_per_run", of_run, allowed, fix)
        return
    most = cost_limits.most_dpu_hours(kind, workers, minutes, job["retries"])
    if is_checked:
        most += cost_limits.check_dpu_hours(job["retries"])
    if most > of_month:
        allowed = f"at least {most:g}, what one run with its check and its retries may take"
        fix = "raise it, or lower glue.retries, glue.timeout_minutes or limits.dpu_hours_per_run"
        yield Problem("limits.dpu_hours_per_month", of_month, allowed, fix)


def _catalog(catalog: PipelineCatalogArgs) -> Iterator[Problem]:
    scan = catalog.get("scan_limit_gb", 10.0)
    # Athena API, `WorkGroupConfiguration`: BytesScannedCutoffPerQuery, 10 MB at least.
    if not 0.01 <= scan <= 1_000_000:
        yield Problem("scan_limit_gb", scan, "GB from 0.01 to 1000000")
    if "tables" in catalog and not catalog["tables"]:
        yield Problem("tables", {}, "at least one table", "name a table, or remove catalog")
    for name, table in catalog.get("tables", {}).items():
        allowed = "lower-case letters, digits and underscores, a letter first, at most 63"
        if not TABLE.fullmatch(name):
            yield Problem(f"tables.{name}", name, allowed, "rename the table")
        if "columns" in table and not table["columns"]:
            yield Problem(f"tables.{name}.columns", {}, "at least one column")
        for column, type_ in table.get("columns", {}).items():
            key = f"tables.{name}.columns.{column}"
            if not TABLE.fullmatch(column):
                yield Problem(key, column, allowed, "rename the column")
            else:
                yield from column_types.problems(key, type_)
