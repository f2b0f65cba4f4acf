"""Versions of EKS add-ons: what the program names, and what EKS has."""

from groundplan.facts import support_dates
from groundplan.locks.model import Reference
from groundplan.manifest.model import Resource
from groundplan.operations.lock import versions
from groundplan.operations.lock.resolution import Resolution, Unresolved
from groundplan.operations.preflight.plan import mappings
from groundplan.operations.preflight.reader import Missing, Reader, entries


def pinned(reference: Reference, _resource: Resource) -> Resolution | None:
    """Returns the version that the program names."""
    if not reference.version:
        return None
    kubernetes, _, name = reference.repository.partition("/")
    # Of the cluster's minor version; the others are supported on several.
    support = support_dates.of_kubernetes(kubernetes) if name == "kube-proxy" else None
    end = support.end.isoformat() if support else ""
    return Resolution(reference.version, "the program", support=end)


def resolve(reader: Reader, reference: Reference, region: str) -> Resolution:
    """Raises `Unresolved` for an add-on without a version: no lock could apply it."""
    default = next(
        (
            str(entry.get("addonVersion"))
            for entry in _offered(reader, reference, region)
            if any(each.get("defaultVersion") for each in mappings(entry.get("compatibilities")))
        ),
        "",
    )
    today = f", {default} is EKS' default today" if default else ""
    raise Unresolved(f"it has no version: set addonVersion{today}")


def newer(reader: Reader, reference: Reference, region: str) -> str:
    """Returns the newest version that EKS has, where that is newer."""
    offered = [str(entry.get("addonVersion")) for entry in _offered(reader, reference, region)]
    return versions.newer(reference.version, offered)


def _offered(reader: Reader, reference: Reference, region: str) -> list[dict[str, object]]:
    kubernetes, _, name = reference.repository.partition("/")
    if not region:
        return []
    try:
        answer = reader.read(
            "eks",
            "describe_addon_versions",
            region=region,
            addonName=name,
            kubernetesVersion=kubernetes,
        )
    except Missing:
        return []
    return [
        dict(entry)
        for addon in entries(answer, "addons")
        for entry in mappings(addon.get("addonVersions"))
    ]
