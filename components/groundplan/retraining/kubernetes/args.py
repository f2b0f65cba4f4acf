"""The arguments of a KubernetesRetraining.

Arguments that a `RetrainingPipeline` has too have the same name and meaning here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.kubernetes.managed_prometheus import ManagedPrometheusArgs
from groundplan.retraining.component.args import (
    RetrainingApprovalArgs,
    RetrainingNotificationsArgs,
)
from groundplan.retraining.component.choices import ModelTask, ModelTaskValue
from groundplan.storage.access import ArtifactAccessArgs
from groundplan.storage.object_store import ObjectStoreArgs


class ClusterTrainingArgs(TypedDict):
    """The training of a run: the champion's, on other data. Its image, code,
    parameters, queue and nodes are those of the champion's record, of a `TrainingJob`
    on the cluster."""

    job: str
    """Name of the `TrainingJob` of the champion: the records of its runs are in
    `runs/<job>/`. Updates in place."""
    usd_per_hour: float
    """Price of one node for an hour, above 0: what budgets count. Updates in place."""
    max_wait_hours: NotRequired[int]
    """Hours that a job may wait in the queue beside its runtime, 1 to 672. Updates in
    place. Default: 24."""
    input_name: NotRequired[str]
    """The dataset of the champion's record that a run replaces. Updates in place.
    Default: train."""
    output_prefix: NotRequired[str]
    """Folder of the models in the champion's record. Updates in place. Default:
    models/<job>/."""


class ClusterEvaluationArgs(TypedDict):
    """The job that measures the candidate and the champion on the same data: one node
    of the champion's queue, with its user and a service account of its own."""

    held_out: str
    """Data that no run trains on: `<dataset>:<tag>`, `<dataset>@sha256:<digest>`, or a
    folder of the artifact bucket, `s3://bucket/held-out/`. Updates in place."""
    usd_per_hour: float
    """Price of its node for an hour, above 0. Updates in place."""
    recent: NotRequired[str]
    """What the endpoint was asked recently, with labels, in the same form. Updates in
    place. Default: none."""
    image: NotRequired[pulumi.Input[str]]
    """The image of the evaluation by its digest. Updates in place. Default: the
    champion's training image."""
    command: NotRequired[Sequence[str]]
    """What it runs. Updates in place. Default: the image's entry point."""
    task: NotRequired[ModelTaskValue]
    """What the model does. Updates in place. Default: binary-classification."""
    max_runtime_seconds: NotRequired[int]
    """Its longest runtime, 60 to 432000. Updates in place. Default: 3600."""


class KubernetesRetrainingArgs(TypedDict):
    """The arguments of a KubernetesRetraining. The Kubernetes provider in the
    component's options selects the cluster."""

    release_target: NotRequired[pulumi.Input[Mapping[str, Any]]]
    """The endpoint on SageMaker, as a `ReleaseRuntime` has it in `release_targets`. Its
    release is `registry`. Default: none; `kubernetes_release_target` is required.
    Updates in place."""
    kubernetes_release_target: NotRequired[pulumi.Input[Mapping[str, Any]]]
    """The endpoint on this cluster: `KubernetesEndpoint.release_target`, whose release
    is `registry`. The registry is in the bucket, and no call goes to SageMaker. The
    driver is bound to the endpoint's Role. Default: none; `release_target` is required.
    Updates in place; the other kind creates or deletes permissions."""
    endpoint: pulumi.Input[str]
    """Name of the endpoint. The journal of its runs is in `retraining/<endpoint>/` of
    the bucket: changing it leaves that behind, with what is known of former runs."""
    artifacts: NotRequired[ArtifactAccessArgs]
    """The bucket of datasets, records, models and the journal: `ArtifactBucket.access`.
    Creates roles for the driver and for evaluations. Requires `cluster_name`. Default:
    none; `object_store` is required. Changing it leaves the journal behind."""
    cluster_name: NotRequired[pulumi.Input[str]]
    """Name of the EKS cluster, with the add-on eks-pod-identity-agent. Requires
    `artifacts`. Default: none. Changing it replaces the pod identity association."""
    object_store: NotRequired[ObjectStoreArgs]
    """The bucket of another store, in place of `artifacts`; no AWS resources. The store
    has to honor `If-None-Match` of PutObject. Only with `kubernetes_release_target`.
    Default: none. Changing it leaves the journal behind."""
    namespace: str
    """The namespace of the champion's jobs, with their queue: a team's. Evaluations run
    there. Changing it forces replacement of their account and of the Role on jobs."""
    driver_namespace: NotRequired[str]
    """An existing namespace of the driver, in which nobody else creates pods: these
    could have its permissions. With `object_store` required, as it has the store's
    secret. Default: one that is created, with the component's name. Changing it forces
    replacement of all objects of the driver."""
    further_datasets: NotRequired[Sequence[str]]
    """Names of datasets that the champion's record names beside `dataset`: the driver
    verifies their versions. Only with `kubernetes_release_target`. Updates in place.
    Default: none."""
    image: pulumi.Input[str]
    """Container image of the driver: that of the monitoring,
    images/monitoring/Dockerfile. With a version tag or a digest. Updates in place."""
    dataset: str
    """What runs train on: a tag, `<dataset>:<tag>`. Updates in place."""
    training: ClusterTrainingArgs
    """The training of a run. Updates in place."""
    evaluation: ClusterEvaluationArgs
    """The comparison of the candidate with the champion. Updates in place."""
    budget_usd_per_month: float
    """US dollars that the runs of a calendar month (UTC) may cost. A run that might
    cost more is not begun. Updates in place."""
    budget_usd_per_run: NotRequired[float]
    """US dollars that one run may cost. Updates in place. Default: none."""
    cool_down_hours: NotRequired[int]
    """Hours after the end of a run in which only a person begins another, 0 to 8760.
    Updates in place. Default: 24."""
    results_uri: NotRequired[pulumi.Input[str]]
    """Folder of the checks' results, whose drift and drops of quality begin runs:
    `ModelMonitoring.results_uri`, or that of a `KubernetesModelMonitoring` on Amazon
    S3. Those of another bucket must not need a KMS key of their own. Updates in place.
    Default: none."""
    approval: NotRequired[RetrainingApprovalArgs]
    """Who decides about a release. Updates in place. Default: a person."""
    watch_minutes: NotRequired[int]
    """Minutes after a release in which its alarms are watched, and end with a rollback,
    5 to 10080. Updates in place. Default: 60."""
    schedule: NotRequired[str]
    """When the driver looks and takes the steps that can be taken: five fields, as a
    CronJob has them. Updates in place. Default: */10 * * * *."""
    prefix: NotRequired[str]
    """Folder of the journals. Default: retraining/. Changing it leaves them behind."""
    manifest_prefix: NotRequired[str]
    """Folder of the manifests of environments, which versions name. Updates in place.
    Default: manifests/."""
    notifications: NotRequired[RetrainingNotificationsArgs]
    """The topic of notifications and requests for approval. Required with `artifacts`;
    without AWS there is none, and the alert and the CronJob's failed jobs report what
    needs people. Default: none. Updates in place."""
    prometheus: NotRequired[bool]
    """Whether the cluster has the Prometheus operator, as `MonitoringStack` installs
    it; without it nothing says that the CronJob fails. Default: true. Updates in
    place."""
    managed_prometheus: NotRequired[ManagedPrometheusArgs]
    """The workspace of Amazon Managed Service for Prometheus that evaluates the alert,
    of `MonitoringStack` with the backend `managed`. Requires Prometheus. Default: none;
    Prometheus in the cluster. Updates in place; creates or deletes the rule."""
    owner: NotRequired[str]
    """The team that the alert is for, as its label `owner`. Default: none. Updates in
    place."""
    runbooks_url: NotRequired[str]
    """URL of the folder docs/runbooks, for the link of the alert. Updates in place.
    Default: none; it names a path."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all AWS resources. Updates in place. Default: none."""


CLUSTER_TRAINING_DEFAULTS = defaults(ClusterTrainingArgs, max_wait_hours=24, input_name="train")
CLUSTER_EVALUATION_DEFAULTS = defaults(
    ClusterEvaluationArgs, task=ModelTask.BINARY_CLASSIFICATION, max_runtime_seconds=3600
)
KUBERNETES_RETRAINING_DEFAULTS = defaults(
    KubernetesRetrainingArgs,
    cool_down_hours=24,
    watch_minutes=60,
    schedule="*/10 * * * *",
    prometheus=True,
    prefix="retraining/",
    manifest_prefix="manifests/",
)
