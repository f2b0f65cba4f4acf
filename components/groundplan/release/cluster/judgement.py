"""Whether a version of the registry in the bucket keeps to the gates of its endpoint,
beside the version that serves: of all versions, whether retraining or a person
registered them. It reads the metrics' files, and changes nothing.
"""

from collections.abc import Sequence
from typing import Any

from groundplan.release.cluster.registry import BucketRegistry, BucketVersion
from groundplan.release.cluster.target import ClusterTarget
from groundplan.release.engine import gate_report, gates, metrics
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.gate_spec import Gates


def report(
    clients: Clients,
    target: ClusterTarget,
    registry: BucketRegistry,
    version: BucketVersion,
    serving: str,
) -> dict[str, Any]:
    """Returns the report of a version beside the one that serves, in the form of
    `engine.gate_report`. `serving` is the id of that; what is none of the registry has
    no metrics, and nothing is compared with it. Raises `Refused` if the metrics can't
    be read, or were changed."""
    spec = Gates.read(target.gates)
    champion: dict[str, Any] | None = None
    if registry.number(serving) is not None and serving != version.id:
        champion = {"version": registry.number(serving), "package_arn": serving}
    checks: list[dict[str, Any]] = []
    document = _document(clients, version) if spec.metrics else None
    if document is not None:
        side = _champion(clients, registry, document, serving) if champion else None
        checks = [check.as_dict() for check in gates.judge(spec, document.measured, side)]
    wrong = gates.broken(checks)
    source = None if document is None else {"uri": document.uri, "digest": document.digest}
    found: dict[str, Any] = {
        "schema": gate_report.SCHEMA,
        "endpoint": target.endpoint,
        "candidate": {"version": version.number, "package_arn": version.id, "metrics": source},
        "champion": champion,
        "gates": dict(target.gates),
        "checks": checks,
        "smoke": None,
        "sign_off": {"required": False, "approvers": []},
        "broken": wrong,
        "passed": not wrong,
    }
    return {**found, "digest": gate_report.digest(found)}


def broken(
    clients: Clients,
    target: ClusterTarget,
    registry: BucketRegistry,
    version: BucketVersion,
    serving: str,
) -> list[str]:
    """Returns the gates that a version breaks, as sentences. Raises `Refused`."""
    found: list[str] = report(clients, target, registry, version, serving)["broken"]
    return found


def refusal(version: BucketVersion, target: ClusterTarget, broken: Sequence[str], fix: str) -> str:
    """Returns why a version is neither approved nor released."""
    sentences = "\n".join(f"  - {sentence}" for sentence in broken)
    return (
        f"Version {version.id} breaks {len(broken)} of the gates of {target.endpoint}:\n"
        f"{sentences}\nFix: {fix}"
    )


def _champion(
    clients: Clients, registry: BucketRegistry, candidate: metrics.Document, serving: str
) -> gates.Champion:
    """Returns how good the version is that serves: as it was measured with the
    candidate, on the same data, else by itself."""
    if candidate.champion is not None and candidate.champion_arn == serving:
        return gates.Champion(candidate.champion)
    return gates.Champion(_document(clients, registry.find(serving)).measured)


def _document(clients: Clients, version: BucketVersion) -> metrics.Document:
    file = version.metrics_file
    return metrics.stored(clients, str(file["uri"]), str(file["digest"]), version.id)
