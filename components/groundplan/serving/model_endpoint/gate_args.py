"""What a new version of a model must show before the registry releases it, as
arguments. The rules are the runtime's own."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from groundplan.problems import Problem, under
from groundplan.release.engine import gate_spec
from groundplan.serving.model_endpoint.kinds import EndpointKind


class SliceGateArgs(TypedDict):
    """What a metric must keep to in one slice. What it doesn't say is as the metric's
    own limits say."""

    min: NotRequired[float]
    """The least it may be, in the metric's unit."""
    max: NotRequired[float]
    """The most it may be, in the metric's unit."""
    max_regression: NotRequired[float]
    """How much worse than the champion's it may be, in the metric's unit; 0 for no
    worse."""
    max_regression_percent: NotRequired[float]
    """The same in percent of the champion's, in place of `max_regression`."""
    min_count: NotRequired[int]
    """Rows that it must at least have been measured on."""
    required: NotRequired[bool]
    """Whether a version that wasn't measured on the slice is refused."""


class MetricGateArgs(TypedDict):
    """What a metric must keep to. At least one of `min`, `max`, `max_regression` and
    `max_regression_percent` is needed, here or in a slice."""

    min: NotRequired[float]
    """The least it may be, in the metric's unit. Default: none."""
    max: NotRequired[float]
    """The most it may be, in the metric's unit. Default: none."""
    max_regression: NotRequired[float]
    """How much worse than the champion's it may be, in the metric's unit; 0 for no
    worse. The champion is the version that serves; on the first release there is none,
    and only `min` and `max` count. Default: none."""
    max_regression_percent: NotRequired[float]
    """The same in percent of the champion's, in place of `max_regression`. Default:
    none."""
    min_count: NotRequired[int]
    """Rows that it must at least have been measured on. Default: none."""
    required: NotRequired[bool]
    """Whether a version is refused that wasn't measured by it, or that the champion
    can't be compared with. Default: true."""
    higher_is_better: NotRequired[bool]
    """Which way is better. Default: what the metrics' document says, or the name of a
    metric of SageMaker's; if nobody says, the gate breaks."""
    slices: NotRequired[Mapping[str, SliceGateArgs]]
    """Slices of the data that must keep to limits, by name or pattern: `{"country=DE":
    {"min": 0.8}, "country=*": {}}`. The longest pattern counts. Default: none; only the
    whole is judged."""


class SmokeTestArgs(TypedDict):
    """Recorded requests that a new version must answer as expected, or the release is
    taken back."""

    payloads: str
    """URI of a file of JSON lines in S3, `s3://BUCKET/smoke/churn.jsonl`, or of a
    folder of them, with a slash at the end."""
    max_latency_ms: NotRequired[float]
    """The longest that any answer may take, in milliseconds, as the one who asks sees
    it. Default: none, but what the requests themselves expect."""
    timeout_seconds: NotRequired[int]
    """Seconds for all requests together, 10 to 600. Default: 120."""
    staging: NotRequired[bool]
    """Whether a release needs the requests to have been answered before, by a
    short-lived endpoint of the version's own, which `groundplan release gate` makes
    with its option `smoke`: one instance for about ten minutes. Default: false."""


class SignOffArgs(TypedDict):
    """A person's approval of the gate report. Whoever registered the version can't give
    it, and a report that changes needs a new one."""

    required: NotRequired[bool]
    """Whether a release needs it. Default: true if there are `approvers`, else false."""
    approvers: NotRequired[Sequence[str]]
    """ARNs of the IAM roles and users that may give it, `*` for any characters:
    `arn:aws:iam::123456789012:role/ml-approvers`. Default: all who may approve
    versions."""


class ReleaseGatesArgs(TypedDict):
    """What a version must show before it is released from the registry. Updates in
    place, for the next release."""

    metrics: NotRequired[Mapping[str, MetricGateArgs]]
    """Metric -> what it must keep to, in the document that the version names as its
    model quality. Default: none."""
    confidence: NotRequired[float]
    """How sure a regression must be before it breaks a gate, 0.5 to 0.9999, where both
    versions' metrics carry a standard error: 0.95 lets noise pass. Default: none; each
    difference counts."""
    smoke: NotRequired[SmokeTestArgs]
    """Recorded requests. Default: none."""
    sign_off: NotRequired[SignOffArgs]
    """A person's approval. Default: not required."""


def problems(
    gates: ReleaseGatesArgs | None, kind: EndpointKind, from_registry: bool
) -> list[Problem]:
    """What is wrong with the gates of an endpoint. The keys begin with `gates`."""
    if gates is None:
        return []
    if not from_registry:
        allowed, fix = "nothing, unless release is registry", "remove it or set release to registry"
        return [Problem("gates", dict(gates), allowed, fix)]
    found = gate_spec.problems(gates)
    if "smoke" in gates and kind is EndpointKind.ASYNCHRONOUS:
        allowed = "nothing with an asynchronous endpoint: its answers come later, in S3"
        found.append(
            Problem(
                "smoke",
                dict(gates["smoke"]),
                allowed,
                "remove it, and watch the alarms of the release",
            )
        )
    return under("gates", found)
