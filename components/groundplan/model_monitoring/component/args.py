"""The arguments of a ModelMonitoring."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.lambda_functions.operation_args import (
    FUNCTION_OPERATION_DEFAULTS,
    FunctionOperationArgs,
)
from groundplan.model_monitoring.component.choices import (
    MonitoringEngine,
    MonitoringEngineValue,
)
from groundplan.storage.access import ArtifactAccessArgs


class MonitoringLimitsArgs(TypedDict):
    """What counts as drift: an alarm needs a difference that is no accident, and one
    that matters."""

    false_alarm_rate: NotRequired[float]
    """Share of the checks of unchanged data that may alarm, between 0 and 1. Updates in
    place. Default: 0.01."""
    smallest_drift: NotRequired[float]
    """Smallest distance of two distributions that alarms, between 0 and 1: the
    Kolmogorov-Smirnov distance of numbers, half the sum of the differences of
    categories' shares. Half a standard deviation is 0.2. Updates in place.
    Default: 0.1."""
    smallest_share: NotRequired[float]
    """Smallest change of the share of missing, invalid or unseen values that alarms,
    between 0 and 1. Updates in place. Default: 0.02."""
    largest_undetected: NotRequired[float]
    """A window that could not show a drift of this distance has not enough data,
    between 0 and 1; at least `smallest_drift`. Updates in place. Default: 0.3."""
    minimum_rows: NotRequired[int]
    """Rows of a window below which no column is judged. Updates in place.
    Default: 200."""
    largest_broken_share: NotRequired[float]
    """Share of captured lines that may be unreadable, between 0 and 1. Updates in
    place. Default: 0.01."""
    largest_quality_drop: NotRequired[float]
    """Smallest drop of accuracy, F1 or AUC, or rise of the Brier score or the
    miscalibration, that alarms, and, as a share of the baseline's, rise of MAE or RMSE;
    between 0 and 1. Updates in place.
    Default: 0.05."""
    minimum_labels: NotRequired[int]
    """Labelled rows of a slice below which its quality is not judged. Updates in place.
    Default: 100."""
    worst_quality: NotRequired[Mapping[str, float]]
    """Metric (accuracy, f1, auc, brier, miscalibration, mae, rmse) -> the worst value
    that does not alarm, whatever the baseline's is. Updates in place. Default: none."""


class SparkCheckArgs(TypedDict):
    """The Glue job of a check. A worker of the type G.1X is one DPU, 0.44 US dollars an
    hour in us-east-1. All of them update in place."""

    workers: NotRequired[int]
    """Workers, 2 to 299; one of them drives. Default: 4."""
    worker_type: NotRequired[str]
    """Size of a worker: G.1X, G.2X, G.4X or G.8X. Default: G.1X."""
    timeout_minutes: NotRequired[int]
    """Minutes after which a run is ended, 5 to 2880. Default: 120."""
    python_modules: NotRequired[Sequence[str]]
    """What the job installs when it starts: packages of PyPI with their versions, or
    URLs of wheels in a bucket that its role may read. Default: NumPy, SciPy and Jinja
    at the versions that this release is tested with."""


class ModelMonitoringArgs(FunctionOperationArgs):
    """The arguments of a ModelMonitoring."""

    endpoint: pulumi.Input[str]
    """Name of the endpoint whose captures are checked: `ModelEndpoint.endpoint_name`.
    Metrics have it as their dimension. Updates in place."""
    bucket: ArtifactAccessArgs
    """The bucket of captures, labels, baselines and results: `ArtifactBucket.access`.
    Updates in place; results of before stay where they are."""
    baseline_key: str
    """Key of the baseline in the bucket. Its digest is in each result. Updates in
    place."""
    layer_arns: Sequence[pulumi.Input[str]]
    """ARNs of Lambda layers with numpy, scipy and Jinja for Python 3.13 on arm64, 1 to
    5: what `make layer` builds. Updates in place."""
    variant: NotRequired[str]
    """Variant of the endpoint whose captures are checked. Updates in place.
    Default: primary."""
    capture_prefix: NotRequired[str]
    """Folder of the captures of all endpoints: `capture.prefix` of the endpoint.
    Updates in place. Default: capture/."""
    label_prefix: NotRequired[str]
    """Folder of the endpoint's labels. Updates in place. Default: none; quality is not
    checked."""
    label_delay_hours: NotRequired[int]
    """Hours until the labels of an answer are there, 0 to 8760: quality is judged of
    answers that are as much older. Needs `label_prefix`. Updates in place.
    Default: 0."""
    result_prefix: NotRequired[str]
    """Folder of the results. Updates in place. Default: monitoring/."""
    schedule_expression: NotRequired[str]
    """When a check runs: an expression of EventBridge Scheduler, in UTC. It checks the
    complete hours before it. Updates in place. Default: cron(30 0 * * ? *)."""
    window_hours: NotRequired[int]
    """Hours that a check looks at, 1 to 744. Requests of one hour are less independent
    than the statistics assume: a day is a better window. Updates in place.
    Default: 24."""
    limits: NotRequired[MonitoringLimitsArgs]
    """What counts as drift. Updates in place. Default: those of its arguments."""
    engine: NotRequired[MonitoringEngineValue]
    """What runs a check: function or spark. Default: function. Updates in place;
    creates or deletes the Glue job."""
    spark: NotRequired[SparkCheckArgs]
    """The Glue job; only for spark. Default: those of its arguments."""
    memory_mb: NotRequired[int]
    """Memory of the function in MB, 512 to 10240; its share of a processor grows with
    it, and 1769 is one processor. Updates in place. Default: 1769."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of the logs and of failed events; its policy has to let
    CloudWatch Logs use it, as an `EncryptionKey` with the service `logs` does. Updates
    in place. Default: a key of its own."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of all children. Updates in place. Default: none."""


MONITORING_LIMITS_DEFAULTS = defaults(
    MonitoringLimitsArgs,
    false_alarm_rate=0.01,
    smallest_drift=0.1,
    smallest_share=0.02,
    largest_undetected=0.3,
    minimum_rows=200,
    largest_broken_share=0.01,
    largest_quality_drop=0.05,
    minimum_labels=100,
)
PYTHON_MODULES = ("numpy==2.4.6", "scipy==1.17.1", "jinja2==3.1.6")
SPARK_CHECK_DEFAULTS = defaults(
    SparkCheckArgs,
    workers=4,
    worker_type="G.1X",
    timeout_minutes=120,
)
MODEL_MONITORING_DEFAULTS = defaults(
    ModelMonitoringArgs,
    **FUNCTION_OPERATION_DEFAULTS,
    engine=MonitoringEngine.FUNCTION,
    variant="primary",
    capture_prefix="capture/",
    label_delay_hours=0,
    result_prefix="monitoring/",
    schedule_expression="cron(30 0 * * ? *)",
    window_hours=24,
    memory_mb=1769,
)
