"""The arguments of a `KubernetesEndpoint` on captured requests and responses."""

from typing import NotRequired, TypedDict

import pulumi

from groundplan.arguments import defaults
from groundplan.storage.object_store import ObjectStoreArgs


class KubernetesCaptureArgs(TypedDict):
    """Captured requests and responses, in the format of SageMaker's data capture, for a
    `KubernetesModelMonitoring`. Two more containers of each pod: KServe's agent,
    through which requests pass, and a collector that writes. Needs Kubernetes 1.29 or
    newer, for native sidecars. Changing any of it starts a new rollout."""

    image: pulumi.Input[str]
    """Container image of the collector: that of the monitoring,
    images/monitoring/Dockerfile. With a version tag or a digest."""
    percent: NotRequired[int]
    """Share of the requests that are captured, in percent, 1 to 100. Callers who label
    what they asked send its ID as the header `Ce-Id`. Default: 100."""
    prefix: NotRequired[str]
    """Folder in the bucket; the endpoint's name, the track (stable or canary) and the
    hour are added. Default: capture/."""
    object_store: NotRequired[ObjectStoreArgs]
    """The bucket of captures where it is none of Amazon S3. Default: none; `artifacts`
    is required."""


CAPTURE_DEFAULTS = defaults(KubernetesCaptureArgs, percent=100, prefix="capture/")
