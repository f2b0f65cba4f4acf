"""Releases of an endpoint on the cluster, by the release engine: with its lock, its
alerts and its records. `release.cluster.promotion` may do the same at the same time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from groundplan.release.cluster.alerts import Alerts
from groundplan.release.cluster.plan import DEPLOY
from groundplan.release.cluster.releases import ClusterReleases
from groundplan.release.engine import history
from groundplan.release.engine.errors import Busy as EndpointBusy
from groundplan.release.engine.errors import LockRemains, ReleaseError, Unreadable
from groundplan.retraining.engine.services import Busy, Refused, ReleaseState, ReleaseStatus

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
            elif not _is_of(held.plan, version):
                raise EndpointBusy(f"Release {held.release} is under way")
            self._releases.advance()

    def state(self, version: str) -> ReleaseState:
        """What the trail and the pods say of a version's last release. The pods are
        read before the lock, and again after a record: what others do in between is
        then seen as under way."""
        trail, before = self._releases.trail, self._serving()
        held = trail.held()
        ended = held is not None and trail.record(held.release) is not None
        if held is not None and not ended and _is_of(held.plan, version):
            return ReleaseState(ReleaseStatus.UNDER_WAY, held.release)
        records = [record for record in trail.records() if _is_of(record, version)]
        if not records:
            if before == version:
                return ReleaseState(ReleaseStatus.LIVE, "released elsewhere")
            return ReleaseState(ReleaseStatus.NONE)
        last = records[-1]
        where, outcome = trail.where(str(last["release"])), last["outcome"]
        if outcome == history.ROLLED_BACK:
            return ReleaseState(ReleaseStatus.ROLLED_BACK, f"{last.get('reason')}. {where}")
        if outcome != history.SUCCEEDED:
            return ReleaseState(ReleaseStatus.FAILED, f"{last.get('reason')}. {where}")
        if held is not None and not ended:
            # Only a rollback comes after it: it is the way back of this version.
            return ReleaseState(ReleaseStatus.LIVE, f"{held.release} is under way")
        serving = self._serving()
        if serving != version:
            message = f"the endpoint serves {serving or 'a model'} by now"
            return ReleaseState(ReleaseStatus.ROLLED_BACK, message)
        return ReleaseState(ReleaseStatus.LIVE, where)

    def alarms(self) -> list[str]:
        return self._alerts.on()

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


def _is_of(release: Mapping[str, Any], version: str) -> bool:
    """Whether a release brings a version live."""
    return (release.get("package_arn"), release.get("kind")) == (version, DEPLOY)
