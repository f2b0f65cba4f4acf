"""What the registry says, and what serves: one look brings the second to the first.

The release under way goes on. Else the newest approved version is released, if it is
newer than the one that serves and no release of it has ended; and where the version
that serves was rejected, what served before serves again.
"""

import logging

from groundplan.release.cluster.releases import ClusterReleases
from groundplan.release.engine.errors import Busy, Refused
from groundplan.release.engine.registry import REJECTED

log = logging.getLogger(__name__)


def look(releases: ClusterReleases) -> str:
    """Takes the steps that can be taken now. Returns a sentence on what is under way,
    or why nothing can be done; empty if nothing is to be done."""
    try:
        if waits := releases.advance():
            return waits
        return releases.advance() if _begin(releases) else ""
    except (Busy, Refused) as error:
        log.warning("%s", error)
        return str(error)


def _begin(releases: ClusterReleases) -> bool:
    """Begins a release or a rollback, if one is due."""
    registry, serving = releases.registry, releases.registry.number(releases.serving().version)
    if serving is not None:
        decided = registry.decision(serving)
        if decided.approval == REJECTED:
            releases.rollback(f"Version {serving} was rejected by {decided.by}: {decided.reason}")
            return True
    newest = registry.latest_approved()
    if newest is None or (serving is not None and newest.number <= serving):
        return False
    if any(record.get("version") == newest.number for record in releases.trail.records()):
        return False
    releases.deploy(newest, f"approved by {registry.decision(newest.number).by}")
    return True
