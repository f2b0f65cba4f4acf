"""The jobs of a run: the user's script, and the check of what it wrote."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pulumi

from groundplan import iam
from groundplan.data.pipeline import cost_limits, permissions, script
from groundplan.data.pipeline.choices import WorkerType
from groundplan.data.pipeline.glue_job import JobPlan
from groundplan.data.pipeline.spec import DataPipelineSpec, GluePipelineSpec
from groundplan.data.pipeline.tables import Tables
from groundplan.data.quality import rules
from groundplan.data.quality.rules import RuleKind
from groundplan.lambda_functions import source_archive

CHECK = "groundplan.data.quality.glue_check"
"""The module that checks a run. The job's script calls it; its archive has it."""
CHECK_SCRIPT = f"import sys\n\nfrom {CHECK} import main\n\nmain(sys.argv[1:])\n"


def transform(spec: GluePipelineSpec, tables: Tables | None, parent: pulumi.Resource) -> JobPlan:
    """Returns the job that runs the user's script."""
    job = spec.glue
    base = pulumi.Output.concat("s3://", spec.bucket["bucket_name"], "/")
    bookmarks = "enable" if job.bookmarks else "disable"
    arguments: dict[str, pulumi.Input[str]] = {
        "--job-bookmark-option": f"job-bookmark-{bookmarks}",
        "--TempDir": pulumi.Output.concat(base, spec.scratch),
        **{f"--{name}": value for name, value in job.arguments.items()},
    }
    if job.python_modules:
        arguments["--additional-python-modules"] = ",".join(job.python_modules)
    if tables is not None:
        arguments |= tables.arguments
    partition = iam.partition(pulumi.InvokeOptions(parent=parent))
    wheels = [
        pulumi.Output.concat("arn:", partition, ":s3:::", module.removeprefix("s3://"))
        for module in job.python_modules
        if module.startswith("s3://")
    ]
    return JobPlan(
        role="job",
        description=f"The runs of {spec.name}: versions of the dataset {spec.dataset}",
        script=job.script,
        script_key=job.script_key,
        worker_type=job.worker_type,
        workers=job.workers,
        timeout_minutes=job.timeout_minutes,
        arguments=arguments,
        statements=partial(permissions.job_statements, spec),
        needs={"wheels": wheels, "tables": tables.arns if tables else None},
    )


def check(spec: GluePipelineSpec) -> JobPlan:
    """Returns the job that checks what a run wrote, under a role of its own: the
    user's script can't write its own result."""
    key, code = script.key(spec.name, CHECK_SCRIPT), source_archive.sources(CHECK)
    code_key = script.archive_key(spec.name, code)
    base = pulumi.Output.concat("s3://", spec.bucket["bucket_name"], "/")
    folders = references(spec)
    uris: Any = {name: pulumi.Output.concat(base, folder) for name, folder in folders.items()}
    return JobPlan(
        role="check",
        description=f"Checks what runs of {spec.name} wrote, before it is published",
        script=CHECK_SCRIPT,
        script_key=key,
        code=code,
        code_key=code_key,
        worker_type=WorkerType.G_1X,
        workers=cost_limits.CHECK_WORKERS,
        timeout_minutes=cost_limits.CHECK_MINUTES,
        arguments={
            "--dataset": spec.dataset,
            "--extra-py-files": pulumi.Output.concat(base, code_key),
            "--rules": rules.text(spec.quality),
            "--references": pulumi.Output.json_dumps(uris, sort_keys=True),
        },
        statements=partial(
            permissions.check_statements, spec, [key, code_key], list(folders.values())
        ),
        needs={},
    )


def references(spec: DataPipelineSpec) -> Mapping[str, str]:
    """Returns the inputs that rules refer to -> their folders."""
    named = {rule.input for rule in spec.quality if rule.kind is RuleKind.REFERENCE}
    return {name: spec.inputs[name] for name in sorted(named)}
