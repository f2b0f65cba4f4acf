"""Which of Prometheus' series are an endpoint's."""

from groundplan.serving.kubernetes_endpoint.workload import NAME_LABEL, TRACK_LABEL, Track

LABELS = (NAME_LABEL, TRACK_LABEL)
"""What the PodMonitor takes over from the pods."""


def _written(label: str) -> str:
    """A label of Kubernetes as Prometheus writes it."""
    return label.replace(".", "_").replace("/", "_")


TRACK = _written(TRACK_LABEL)


def of_pods(namespace: str, endpoint: str, track: Track | None = None) -> str:
    """The selector of what the endpoint's pods say of themselves."""
    found = f'namespace="{namespace}",{_written(NAME_LABEL)}="{endpoint}"'
    return f'{found},{TRACK}="{track.value}"' if track else found
