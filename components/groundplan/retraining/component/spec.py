"""The specification of a RetrainingPipeline: its arguments, with every default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.lambda_functions import operation
from groundplan.retraining.component import budget, run_price
from groundplan.retraining.component.args import (
    RetrainingApprovalArgs,
    RetrainingEvaluationArgs,
    RetrainingNotificationsArgs,
    RetrainingPipelineArgs,
    RetrainingTrainingArgs,
    RetrainingTriggersArgs,
)
from groundplan.retraining.component.choices import ModelTask
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.training.job.args import JobNetworkArgs


@dataclass(frozen=True)
class TriggersSpec:
    """What begins runs, complete."""

    drift: bool
    quality: bool
    dataset: bool
    schedule_expression: str | None
    """None for no schedule."""
    expected_within_hours: int | None
    """None for no alarm."""


@dataclass(frozen=True)
class TrainingSpec:
    """The training of a run, complete."""

    job: str
    image: pulumi.Input[str]
    instance_type: str
    nodes: int
    max_runtime_seconds: int
    max_wait_hours: int
    input_name: str
    checkpoint_prefix: str
    output_prefix: str
    network: JobNetworkArgs | None
    role_arn: pulumi.Input[str] | None
    """None for a role that is created."""
    secret_arns: Sequence[pulumi.Input[str]]
    usd_per_hour: float


@dataclass(frozen=True)
class EvaluationSpec:
    """The evaluation of a run, complete."""

    held_out: str
    recent: str
    """Empty for none."""
    image: pulumi.Input[str] | None
    """None for the champion's training image."""
    command: Sequence[str]
    task: ModelTask
    instance_type: str
    volume_gib: int
    max_runtime_seconds: int
    role_arn: pulumi.Input[str] | None
    """None for a role that is created."""
    usd_per_hour: float


@dataclass(frozen=True)
class RetrainingPipelineSpec(operation.FunctionOperation):
    """A retraining pipeline, complete."""

    name: str
    job_name: str
    """What the names of its jobs begin with."""
    release_target: pulumi.Input[Mapping[str, Any]]
    endpoint: pulumi.Input[str]
    artifacts: ArtifactAccessArgs
    dataset: str
    data_prefixes: Sequence[str]
    training: TrainingSpec
    evaluation: EvaluationSpec
    usd_per_run: float
    usd_per_month: float
    cool_down_hours: int
    monitor: pulumi.Input[str] | None
    """None without checks."""
    triggers: TriggersSpec
    approval_required: bool
    approval_days: int
    overdue_hours: int
    watch_minutes: int
    prefix: str
    manifest_prefix: str
    notifications: RetrainingNotificationsArgs


def resolve(
    args: RetrainingPipelineArgs, name: str, job_name: str, region: str | None
) -> RetrainingPipelineSpec:
    """Returns the specification of valid arguments."""
    filled: Mapping[str, Any] = with_defaults(RetrainingPipelineArgs, args)
    approval = with_defaults(RetrainingApprovalArgs, args.get("approval"))
    prices = budget.prices(args, region)
    usd = prices.usd or 0.0  # validation refuses unknown prices
    return RetrainingPipelineSpec(
        **operation.of(filled),
        name=name,
        job_name=job_name,
        release_target=args["release_target"],
        endpoint=args["endpoint"],
        artifacts=args["artifacts"],
        dataset=args["dataset"],
        data_prefixes=args.get("data_prefixes", ()),
        training=_training(
            args["training"], prices.training.usd_per_hour if prices.training else 0.0
        ),
        evaluation=_evaluation(
            args["evaluation"], prices.evaluation.usd_per_hour if prices.evaluation else 0.0
        ),
        usd_per_run=args.get("budget_usd_per_run", round(usd + run_price.CENT, 2)),
        usd_per_month=args["budget_usd_per_month"],
        cool_down_hours=filled["cool_down_hours"],
        monitor=args.get("monitor"),
        triggers=_triggers(args.get("triggers", {}), monitored="monitor" in args),
        approval_required=approval["required"],
        approval_days=approval["days"],
        overdue_hours=approval["overdue_hours"],
        watch_minutes=filled["watch_minutes"],
        prefix=filled["prefix"],
        manifest_prefix=filled["manifest_prefix"],
        notifications=args["notifications"],
    )


def _triggers(args: RetrainingTriggersArgs, *, monitored: bool) -> TriggersSpec:
    filled: Mapping[str, Any] = with_defaults(RetrainingTriggersArgs, args)
    return TriggersSpec(
        drift=args.get("drift", monitored),
        quality=args.get("quality", monitored),
        dataset=filled["dataset"],
        schedule_expression=args.get("schedule_expression"),
        expected_within_hours=args.get("expected_within_hours"),
    )


def _training(args: RetrainingTrainingArgs, usd_per_hour: float) -> TrainingSpec:
    filled: Mapping[str, Any] = with_defaults(RetrainingTrainingArgs, args)
    job = args["job"]
    return TrainingSpec(
        job=job,
        image=args["image"],
        instance_type=args["instance_type"],
        nodes=filled["nodes"],
        max_runtime_seconds=filled["max_runtime_seconds"],
        max_wait_hours=filled["max_wait_hours"],
        input_name=filled["input_name"],
        checkpoint_prefix=args.get("checkpoint_prefix", f"checkpoints/{job}/"),
        output_prefix=args.get("output_prefix", f"models/{job}/"),
        network=args.get("network"),
        role_arn=args.get("role_arn"),
        secret_arns=tuple(args.get("secret_arns", ())),
        usd_per_hour=usd_per_hour,
    )


def _evaluation(args: RetrainingEvaluationArgs, usd_per_hour: float) -> EvaluationSpec:
    filled: Mapping[str, Any] = with_defaults(RetrainingEvaluationArgs, args)
    return EvaluationSpec(
        held_out=args["held_out"],
        recent=args.get("recent", ""),
        image=args.get("image"),
        command=args.get("command", ()),
        task=ModelTask(filled["task"]),
        instance_type=filled["instance_type"],
        volume_gib=filled["volume_gib"],
        max_runtime_seconds=filled["max_runtime_seconds"],
        role_arn=args.get("role_arn"),
        usd_per_hour=usd_per_hour,
    )
