"""The series of an endpoint's pods in Prometheus."""

from groundplan.serving.kubernetes_endpoint.workload import NAME_LABEL, TRACK_LABEL, Track

LABELS = (NAME_LABEL, TRACK_LABEL)
"""The pod labels that the PodMonitor adds to series."""


def _series_label(label: str) -> str:
    """Returns the name of a Kubernetes label in Prometheus."""
    return label.replace(".", "_").replace("/", "_")


TRACK = _series_label(TRACK_LABEL)


def of_pods(namespace: str, endpoint: str, track: Track | None = None) -> str:
    """Returns the label selector of the series that the endpoint's pods export."""
    selector = f'namespace="{namespace}",{_series_label(NAME_LABEL)}="{endpoint}"'
    return f'{selector},{TRACK}="{track.value}"' if track else selector
