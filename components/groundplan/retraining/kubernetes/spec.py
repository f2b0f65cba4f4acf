"""The specification of a KubernetesRetraining: its arguments, with every default."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.kubernetes.managed_prometheus import ManagedPrometheusArgs
from groundplan.retraining.component.args import RetrainingApprovalArgs
from groundplan.retraining.engine.settings import (
    EvaluationSettings,
    LimitSettings,
    RetrainingSettings,
    TrainingSettings,
)
from groundplan.retraining.kubernetes.args import (
    ClusterEvaluationArgs,
    ClusterTrainingArgs,
    KubernetesRetrainingArgs,
)
from groundplan.storage import object_store
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.storage.object_store import ObjectStore


@dataclass(frozen=True)
class ClusterTraining:
    """The training of a run, complete."""

    job: str
    usd_per_hour: float
    max_wait_hours: int
    input_name: str
    output_prefix: str


@dataclass(frozen=True)
class ClusterEvaluation:
    """The evaluation of a run, complete."""

    held_out: str
    recent: str
    """Empty for none."""
    image: pulumi.Input[str]
    """Empty for the champion's training image."""
    command: tuple[str, ...]
    task: str
    max_runtime_seconds: int
    usd_per_hour: float


@dataclass(frozen=True)
class KubernetesRetrainingSpec:
    """Retraining on a cluster's queue, complete."""

    name: str
    """Name of the objects."""
    release_target: pulumi.Input[Mapping[str, Any]] | None
    """None for an endpoint on the cluster."""
    kubernetes_target: pulumi.Input[Mapping[str, Any]] | None
    """None for an endpoint on SageMaker."""
    endpoint: pulumi.Input[str]
    artifacts: ArtifactAccessArgs | None
    """None with another store."""
    cluster_name: pulumi.Input[str]
    """Empty with another store."""
    object_store: ObjectStore | None
    """None with the artifact bucket."""
    namespace: str
    """That of jobs."""
    driver_namespace: str
    creates_namespace: bool
    further_datasets: tuple[str, ...]
    image: pulumi.Input[str]
    dataset: str
    training: ClusterTraining
    evaluation: ClusterEvaluation
    usd_per_month: float
    usd_per_run: float | None
    cool_down_hours: int
    results_uri: pulumi.Input[str]
    """Empty without checks."""
    approval_required: bool
    approval_days: int
    watch_minutes: int
    schedule: str
    prefix: str
    manifest_prefix: str
    topic_arn: pulumi.Input[str]
    """Empty without AWS."""
    topic_key_arn: pulumi.Input[str] | None
    """None for a topic without a key."""
    prometheus: bool
    managed_prometheus: ManagedPrometheusArgs | None
    """None if Prometheus in the cluster evaluates the alert."""
    owner: str
    """Empty for that of Prometheus."""
    runbooks_url: str
    """Empty if the alert names a path."""
    tags: Mapping[str, pulumi.Input[str]]

    @property
    def bucket_name(self) -> pulumi.Input[str]:
        """Name of the bucket."""
        if self.object_store is not None:
            return self.object_store.bucket_name
        assert self.artifacts is not None  # noqa: S101 (validated)
        return self.artifacts["bucket_name"]

    def settings(self, known: Mapping[str, Any]) -> RetrainingSettings:
        """Returns the settings of the engine. `known`: the values of what were
        outputs."""
        training, evaluation = self.training, self.evaluation
        return RetrainingSettings(
            endpoint=known["endpoint"],
            region=known["region"],
            bucket=known["bucket"],
            dataset=self.dataset,
            release_target=known["target"],
            prefix=self.prefix,
            kms_key_arn=known["key"],
            topic_arn=known["topic"],
            account=known["account"],
            approval_required=self.approval_required,
            training=TrainingSettings(
                input_name=training.input_name,
                usd_per_hour=training.usd_per_hour,
                max_wait_hours=float(training.max_wait_hours),
            ),
            evaluation=EvaluationSettings(
                held_out=evaluation.held_out,
                recent=evaluation.recent,
                image=known["image"],
                command=evaluation.command,
                task=evaluation.task,
                max_runtime_seconds=evaluation.max_runtime_seconds,
                usd_per_hour=evaluation.usd_per_hour,
                service_account=known["evaluation_account"],
            ),
            limits=LimitSettings(
                usd_per_run=self.usd_per_run,
                usd_per_month=self.usd_per_month,
                cool_down_hours=float(self.cool_down_hours),
                approval_days=float(self.approval_days),
                bake_minutes=float(self.watch_minutes),
            ),
        )


def resolve(args: KubernetesRetrainingArgs, context: Context) -> KubernetesRetrainingSpec:
    """Returns the specification of valid arguments."""
    filled: Mapping[str, Any] = with_defaults(KubernetesRetrainingArgs, args)
    approval = with_defaults(RetrainingApprovalArgs, args.get("approval"))
    topic: Mapping[str, Any] = dict(args.get("notifications", {}))
    training = with_defaults(ClusterTrainingArgs, args["training"])
    evaluation = with_defaults(ClusterEvaluationArgs, args["evaluation"])
    return KubernetesRetrainingSpec(
        name=context.name,
        release_target=args.get("release_target"),
        kubernetes_target=args.get("kubernetes_release_target"),
        endpoint=args["endpoint"],
        artifacts=args.get("artifacts"),
        cluster_name=args.get("cluster_name", ""),
        object_store=object_store.resolve(args["object_store"]) if "object_store" in args else None,
        namespace=args["namespace"],
        driver_namespace=args.get("driver_namespace", context.name),
        creates_namespace="driver_namespace" not in args,
        further_datasets=tuple(args.get("further_datasets", ())),
        image=args["image"],
        dataset=args["dataset"],
        training=ClusterTraining(
            job=training["job"],
            usd_per_hour=training["usd_per_hour"],
            max_wait_hours=training["max_wait_hours"],
            input_name=training["input_name"],
            output_prefix=training.get("output_prefix", f"models/{training['job']}/"),
        ),
        evaluation=ClusterEvaluation(
            held_out=evaluation["held_out"],
            recent=evaluation.get("recent", ""),
            image=evaluation.get("image", ""),
            command=tuple(evaluation.get("command", ())),
            task=evaluation["task"].value,
            max_runtime_seconds=evaluation["max_runtime_seconds"],
            usd_per_hour=evaluation["usd_per_hour"],
        ),
        usd_per_month=args["budget_usd_per_month"],
        usd_per_run=args.get("budget_usd_per_run"),
        cool_down_hours=filled["cool_down_hours"],
        results_uri=args.get("results_uri", ""),
        approval_required=approval["required"],
        approval_days=approval["days"],
        watch_minutes=filled["watch_minutes"],
        schedule=filled["schedule"],
        prefix=filled["prefix"],
        manifest_prefix=filled["manifest_prefix"],
        topic_arn=topic.get("topic_arn", ""),
        topic_key_arn=topic.get("kms_key_arn"),
        prometheus=filled["prometheus"],
        managed_prometheus=args.get("managed_prometheus"),
        owner=args.get("owner", ""),
        runbooks_url=args.get("runbooks_url", ""),
        tags=args.get("tags", {}),
    )
