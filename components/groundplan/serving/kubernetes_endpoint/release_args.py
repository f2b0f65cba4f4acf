"""The arguments of a `KubernetesEndpoint` whose models are released from the
registry."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from groundplan.serving.model_endpoint.gate_args import MetricGateArgs


class KubernetesGatesArgs(TypedDict):
    """The conditions of a release from the registry, by which retraining judges a
    candidate, and each release its version. Updates in place, for the next release."""

    metrics: NotRequired[Mapping[str, MetricGateArgs]]
    """Limits by metric, of the evaluation beside the champion. Default: none."""
    confidence: NotRequired[float]
    """Confidence at which a regression fails a gate, 0.5 to 0.9999, where both
    versions' metrics have a standard error: 0.95 tolerates noise. Default: none; each
    difference counts."""
