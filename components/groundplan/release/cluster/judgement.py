"""Whether a version of the registry in the bucket keeps to the gates of its endpoint,
beside the version that serves: of all versions, whether retraining or a person
registered them. It reads the metrics' files, and changes nothing.
"""

from collections.abc import Sequence

from groundplan.release.cluster.registry import BucketRegistry, BucketVersion
from groundplan.release.cluster.target import ClusterTarget
from groundplan.release.engine import gates, metrics
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.gate_spec import Gates


def broken(
    clients: Clients,
    target: ClusterTarget,
    registry: BucketRegistry,
    version: BucketVersion,
    serving: str,
) -> list[str]:
    """Returns the gates that a version breaks, as sentences. `serving` is the id of the
    version that serves; what is none of the registry has no metrics, and nothing is
    compared with it. Raises `Refused` if the metrics can't be read, or were changed."""
    spec = Gates.read(target.gates)
    if not spec.metrics:
        return []
    document = _document(clients, version)
    champion = None
    if registry.number(serving) is not None and serving != version.id:
        if document.champion is not None and document.champion_arn == serving:
            champion = gates.Champion(document.champion)  # on the same data
        else:
            champion = gates.Champion(_document(clients, registry.find(serving)).measured)
    checks = gates.judge(spec, document.measured, champion)
    return gates.broken([check.as_dict() for check in checks])


def refusal(version: BucketVersion, target: ClusterTarget, broken: Sequence[str], fix: str) -> str:
    """Returns why a version is neither approved nor released."""
    sentences = "\n".join(f"  - {sentence}" for sentence in broken)
    return (
        f"Version {version.id} breaks {len(broken)} of the gates of {target.endpoint}:\n"
        f"{sentences}\nFix: {fix}"
    )


def _document(clients: Clients, version: BucketVersion) -> metrics.Document:
    file = version.metrics_file
    return metrics.stored(clients, str(file["uri"]), str(file["digest"]), version.id)
