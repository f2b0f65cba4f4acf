"""What the pods of a KubernetesModelMonitoring may do in the artifact bucket. Pure."""

from collections.abc import Mapping

from groundplan.iam import Statement
from groundplan.model_monitoring.component import permissions
from groundplan.model_monitoring.kubernetes.spec import KubernetesModelMonitoringSpec


def statements(spec: KubernetesModelMonitoringSpec, known: Mapping[str, str]) -> list[Statement]:
    """Returns the statements of the pods' role: read captures, labels and the baseline,
    write results, send their events."""
    endpoint = known["endpoint"]
    read = [f"{spec.capture_prefix}{endpoint}/{spec.variant}/"]
    read += [spec.label_prefix] if spec.label_prefix else []
    bus = f"arn:{known['partition']}:events:{known['region']}:{known['account']}:event-bus/default"
    written = f"{spec.result_prefix}{spec.monitor(endpoint)}/"
    return [
        *permissions.data_statements(
            known["bucket"],
            known["key"],
            read=read,
            baseline=spec.baseline_key,
            written=written,
        ),
        *(permissions.work_statements(known["bucket"], written) if spec.ray is not None else ()),
        *permissions.event_statements(bus),
    ]
