"""The arguments of the release gates of a ModelEndpoint: the conditions of a release
from the registry. The release engine evaluates and validates them
(`groundplan.release.engine.gate_spec`)."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from groundplan.arguments import defaults


class SliceGateArgs(TypedDict):
    """The limits of a metric in one slice of the data; they override the metric's
    own."""

    min: NotRequired[float]
    """Minimum, in the metric's unit. Default: the metric's `min`."""
    max: NotRequired[float]
    """Maximum, in the metric's unit. Default: the metric's `max`."""
    max_regression: NotRequired[float]
    """Maximum regression from the champion, in the metric's unit; 0 for none. Default:
    the metric's `max_regression`."""
    max_regression_percent: NotRequired[float]
    """Maximum regression in percent of the champion's value, in place of
    `max_regression`. Default: the metric's `max_regression_percent`."""
    min_count: NotRequired[int]
    """Minimum number of rows that the metric is measured on. Default: the metric's
    `min_count`."""
    required: NotRequired[bool]
    """Whether a version without the metric in the slice is refused. Default: the
    metric's `required`."""


class MetricGateArgs(TypedDict):
    """The limits of a metric. At least one of `min`, `max`, `max_regression` and
    `max_regression_percent` is required, here or in a slice."""

    min: NotRequired[float]
    """Minimum, in the metric's unit. Default: none."""
    max: NotRequired[float]
    """Maximum, in the metric's unit. Default: none."""
    max_regression: NotRequired[float]
    """Maximum regression from the champion, in the metric's unit; 0 for none. The
    champion is the version that serves; the first release has none, and only `min` and
    `max` apply. Default: none."""
    max_regression_percent: NotRequired[float]
    """Maximum regression in percent of the champion's value, in place of
    `max_regression`. Default: none."""
    min_count: NotRequired[int]
    """Minimum number of rows that the metric is measured on, at least 1. Default:
    none."""
    required: NotRequired[bool]
    """Whether a version is refused that has no such metric, or that can't be compared
    with the champion. Default: true."""
    higher_is_better: NotRequired[bool]
    """Whether higher values are better. Default: what the metrics' document says, or
    the name of a metric of SageMaker's; the gate fails if neither does."""
    slices: NotRequired[Mapping[str, SliceGateArgs]]
    """Limits for slices of the data by name or pattern: `{"country=DE": {"min": 0.8},
    "country=*": {}}`. The longest pattern applies. Default: none; the gate evaluates
    the whole data only."""


METRIC_GATE_DEFAULTS = defaults(MetricGateArgs, required=True)


class SmokeTestArgs(TypedDict):
    """The arguments of a smoke test: recorded requests to which a new version must
    respond as expected, or the release is rolled back."""

    payloads: str
    """URI of a file of JSON lines in S3, `s3://BUCKET/smoke/churn.jsonl`, or of a
    folder of them, with a slash at the end."""
    max_latency_ms: NotRequired[float]
    """Maximum latency of each response as the client measures it, in milliseconds, 1 to
    60000. Default: none, but what the requests themselves expect."""
    timeout_seconds: NotRequired[int]
    """Seconds for all requests together, 10 to 600. Default: 120."""
    staging: NotRequired[bool]
    """Whether a release needs a passed smoke test on a temporary endpoint of the
    version's own before, which `groundplan release gate` creates with its option
    `smoke`: one instance for about ten minutes. Default: false."""


SMOKE_TEST_DEFAULTS = defaults(SmokeTestArgs, timeout_seconds=120, staging=False)


class SignOffArgs(TypedDict):
    """The arguments of a person's approval of the gate report. The one who registered
    the version can't approve it, and a report that changes needs a new approval."""

    required: NotRequired[bool]
    """Whether a release needs it. Default: true if there are `approvers`, else
    false."""
    approvers: NotRequired[Sequence[str]]
    """ARNs of the IAM roles and users that may approve, `*` for any characters:
    `arn:aws:iam::123456789012:role/ml-approvers`. Default: all who may approve
    versions."""


class ReleaseGatesArgs(TypedDict):
    """The conditions of a release from the registry. Updates in place, for the next
    release."""

    metrics: NotRequired[Mapping[str, MetricGateArgs]]
    """Limits by metric, in the document that the version names as its model quality.
    Default: none."""
    confidence: NotRequired[float]
    """Confidence at which a regression fails a gate, 0.5 to 0.9999, where both
    versions' metrics have a standard error: 0.95 tolerates noise. Default: none; each
    difference counts."""
    smoke: NotRequired[SmokeTestArgs]
    """The smoke test with recorded requests. Default: none."""
    sign_off: NotRequired[SignOffArgs]
    """A person's approval. Default: not required."""
