"""The data capture of requests and responses, resolved."""

from dataclasses import dataclass

from groundplan.arguments import with_defaults
from groundplan.serving.model_endpoint.choices import EndpointKind
from groundplan.serving.model_endpoint.inference_args import CaptureArgs


@dataclass(frozen=True)
class Capture:
    """The data capture of an endpoint."""

    percent: int
    prefix: str
    """Folder in the artifact bucket; SageMaker adds the endpoint's name."""


def resolve(args: CaptureArgs, kind: EndpointKind, has_artifacts: bool) -> Capture | None:
    """Returns the data capture; None without a bucket, and for other kinds than
    real-time endpoints, which SageMaker doesn't capture."""
    own = with_defaults(CaptureArgs, args)
    if not has_artifacts or kind is not EndpointKind.REAL_TIME or not own["percent"]:
        return None
    return Capture(own["percent"], own["prefix"])
