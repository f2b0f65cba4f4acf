"""Releases of an endpoint on the cluster, by the release engine: with its lock, its
alerts and its records. `release.cluster.promotion` may do the same at the same time."""

from collections.abc import Iterator
from contextlib import contextmanager

from groundplan.release.cluster.alerts import Alerts
from groundplan.release.cluster.releases import ClusterReleases
from groundplan.release.engine.errors import Busy as EndpointBusy
from groundplan.release.engine.errors import LockRemains, ReleaseError, Unreadable
from groundplan.retraining.engine import release_record
from groundplan.retraining.engine.services import Busy, Refused, ReleaseState, ReleaseStatus, Since

LATER = (EndpointBusy, Unreadable, LockRemains)
"""Errors of a release that is not refused: another look may find it over."""


class PodReleases:
    """The releases of one endpoint."""

    def __init__(self, releases: ClusterReleases, alerts: Alerts) -> None:
        self._releases, self._alerts = releases, alerts

    def begin(self, version: str, reason: str) -> None:
        with _errors():
            held = self._releases.trail.held()
            if held is None:
                self._releases.deploy(self._releases.registry.find(version), reason)
            elif not release_record.is_of(held.plan, version):
                raise EndpointBusy(f"Release {held.release} is under way")
            self._releases.advance()

    def state(self, version: str) -> ReleaseState:
        """Returns what the trail and the pods say of a version's last release. The pods
        are read before the lock, and again after a record: what others do in between is
        then seen as under way."""
        trail, before = self._releases.trail, self._serving()
        held = trail.held()
        ended = held is not None and trail.record(held.release) is not None
        if held is not None and not ended and release_record.is_of(held.plan, version):
            return ReleaseState(ReleaseStatus.UNDER_WAY, held.release)
        records = [record for record in trail.records() if release_record.is_of(record, version)]
        if not records:
            return release_record.without(before, version)
        last = records[-1]
        where = trail.where(str(last["release"]))
        if (failed := release_record.unsuccessful(last, where)) is not None:
            return failed
        if held is not None and not ended:
            # Only a rollback comes after it: it is the way back of this version.
            return ReleaseState(ReleaseStatus.LIVE, f"{held.release} is under way")
        return release_record.released(self._serving(), version, last, where, "a model")

    def alarms(self) -> list[str]:
        return self._alerts.on()

    def fired(self, since: Since) -> list[str]:
        return self._alerts.fired(since.seconds)

    def roll_back(self, version: str, reason: str) -> None:
        with _errors():
            if self._releases.trail.held() is None and self._serving() == version:
                self._releases.rollback(reason)
            self._releases.advance()

    def _serving(self) -> str:
        return self._releases.serving().version


@contextmanager
def _errors() -> Iterator[None]:
    """Raises the errors of the steps for those of releases."""
    try:
        yield
    except LATER as error:
        raise Busy(str(error)) from error
    except ReleaseError as error:
        raise Refused(str(error)) from error
