"""The settings of the engine, from the specification. Pure."""

from collections.abc import Mapping
from typing import Any

from groundplan.retraining.component.spec import RetrainingPipelineSpec
from groundplan.retraining.engine.names import Kind
from groundplan.retraining.engine.settings import (
    EvaluationSettings,
    LimitSettings,
    RetrainingSettings,
    TrainingSettings,
)


def of(spec: RetrainingPipelineSpec, known: Mapping[str, Any]) -> RetrainingSettings:
    """Returns the settings. `known`: the values of what were outputs."""
    network = known["network"] or {}
    groups = tuple(group for group in (known["group"],) if group)
    training, evaluation = spec.training, spec.evaluation
    return RetrainingSettings(
        endpoint=known["endpoint"],
        region=known["region"],
        bucket=known["bucket"],
        dataset=spec.dataset,
        release_target=known["target"],
        prefix=spec.prefix,
        kms_key_arn=known["key"],
        topic_arn=known["topic"],
        triggers=_triggers(spec),
        approval_required=spec.approval_required,
        training=TrainingSettings(
            role_arn=known["training_role"],
            security_group_ids=groups,
            job_name=spec.job_name,
            kms_key_arn=known["key"],
            input_name=training.input_name,
            instance_type=training.instance_type,
            usd_per_hour=training.usd_per_hour,
            max_wait_hours=float(training.max_wait_hours),
        ),
        evaluation=EvaluationSettings(
            held_out=evaluation.held_out,
            recent=evaluation.recent,
            image=known["evaluation_image"] or "",
            command=tuple(evaluation.command),
            task=evaluation.task.value,
            instance_type=evaluation.instance_type,
            volume_gib=evaluation.volume_gib,
            role_arn=known["evaluation_role"],
            subnet_ids=tuple(network.get("subnet_ids", ())),
            security_group_ids=groups,
            max_runtime_seconds=evaluation.max_runtime_seconds,
            usd_per_hour=evaluation.usd_per_hour,
        ),
        limits=LimitSettings(
            usd_per_run=spec.usd_per_run,
            usd_per_month=spec.usd_per_month,
            cool_down_hours=float(spec.cool_down_hours),
            approval_days=float(spec.approval_days),
            bake_minutes=float(spec.watch_minutes),
        ),
    )


def _triggers(spec: RetrainingPipelineSpec) -> tuple[str, ...]:
    """Returns the kinds that begin runs. People and programs always do."""
    chosen = {
        Kind.DRIFT: spec.triggers.drift,
        Kind.QUALITY: spec.triggers.quality,
        Kind.DATASET: spec.triggers.dataset,
        Kind.SCHEDULE: spec.triggers.schedule_expression is not None,
        Kind.PERSON: True,
        Kind.API: True,
    }
    return tuple(kind.value for kind, on in chosen.items() if on)
