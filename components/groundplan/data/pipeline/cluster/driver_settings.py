"""The settings of the driver, from a specification."""

import hashlib
from collections.abc import Mapping

from groundplan.data.pipeline import job_plans
from groundplan.data.pipeline.choices import PipelineEngine
from groundplan.data.pipeline.engine.cluster.settings import ClusterSettings, JobSettings
from groundplan.data.pipeline.engine.settings import PipelineSettings
from groundplan.data.pipeline.spec import ClusterPipelineSpec
from groundplan.data.quality import rules


def driver_settings(spec: ClusterPipelineSpec, known: Mapping[str, str]) -> ClusterSettings:
    """Returns the settings. `known`: the values of what were outputs."""
    job, ray, triggers = spec.container, spec.ray, spec.triggers
    # The name of the database is what AWS Glue passes a script, too.
    database = {"database": known["database"]} if known["database"] else {}
    return ClusterSettings(
        pipeline=PipelineSettings(
            pipeline=spec.name,
            bucket=known["bucket"],
            dataset=spec.dataset,
            tag=spec.tag,
            folder=spec.folder,
            jobs=(),
            script=hashlib.sha256(job.script.encode()).hexdigest(),
            most_dpu_hours=0.0,
            dpu_hours_per_month=0.0,
            inputs=dict(spec.inputs),
            results=spec.results if spec.quality else "",
            quarantine=spec.quarantine if spec.quality else "",
            datasets=tuple(triggers.datasets),
        ),
        job=JobSettings(
            namespace=job.namespace,
            queue=job.queue,
            image=known["image"],
            cpu=job.cpu,
            memory_gib=job.memory_gib,
            volume_size_gb=job.volume_size_gb,
            timeout_seconds=job.timeout_seconds,
            retries=job.retries,
            max_wait_seconds=job.max_wait_hours * 3600,
            pool=job.pool,
            priority=job.priority,
            arguments={**job.arguments, **database},
        ),
        engine=(PipelineEngine.RAY if ray else PipelineEngine.CONTAINER).value,
        script_key=job.script_key,
        ray_version=ray.version if ray else "",
        ray_nodes=ray.nodes if ray else 0,
        job_account=known["script"],
        check_account=known["check"],
        rules=rules.text(spec.quality) if spec.quality else "",
        references=dict(job_plans.references(spec)) if spec.quality else {},
        bookmarks=job.bookmarks,
        schedule_expression=triggers.schedule_expression,
        objects=triggers.objects,
        settle_minutes=triggers.settle_minutes,
        vcpu_hours_per_month=spec.vcpu_hours_per_month,
        most_vcpu_hours=spec.most_vcpu_hours,
    )
