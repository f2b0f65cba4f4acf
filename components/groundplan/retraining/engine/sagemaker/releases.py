"""Releases of a SageMaker endpoint, by the release engine: with its lock, its gates,
its records. The `ReleaseRuntime` may do the same at the same time."""

from collections.abc import Sequence
from contextlib import suppress

from groundplan import aws
from groundplan.release.engine import alarms, live
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Busy as EndpointBusy
from groundplan.release.engine.errors import LockRemains, ReleaseError, Unfinished, Unreadable
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target
from groundplan.retraining.engine import release_record
from groundplan.retraining.engine.services import Busy, Refused, ReleaseState, ReleaseStatus, Since

LATER = (EndpointBusy, Unfinished, Unreadable, LockRemains)
"""Errors of a release that is not refused: another look may find it over."""


class SageMakerReleases:
    """The releases of one endpoint."""

    def __init__(self, clients: Clients, target: Target) -> None:
        self._clients, self._target = clients, target
        self._releases = Releases(clients, target)

    def begin(self, version: str, reason: str) -> None:
        number = live.version_of(version)
        try:
            if self.state(version).status is ReleaseStatus.UNDER_WAY:
                self._releases.resume(wait=False)
            else:
                self._releases.deploy(number, reason=reason, wait=False)
        except LATER as error:
            raise Busy(str(error)) from error
        except ReleaseError as error:
            _raise_cause(error)
            raise Refused(str(error)) from error

    def state(self, version: str) -> ReleaseState:
        """Returns what the trail and the endpoint say of a version's last release.

        The endpoint is read before the lock, and again after a record: what others do
        in between is then seen as under way, and not as released elsewhere or taken
        back.
        """
        trail, before = self._releases.trail, self._serving()
        held = trail.held()
        if held is not None and trail.record(held.release) is not None:
            with suppress(LockRemains):
                trail.unlock(held)  # its holder ended between the record and this
        elif held is not None and release_record.is_of(held.plan, version):
            return ReleaseState(ReleaseStatus.UNDER_WAY, held.release)
        records = [record for record in trail.records() if release_record.is_of(record, version)]
        if not records:
            return release_record.without(before, version)
        last = records[-1]
        where = trail.where(str(last["release"]))
        if (failed := release_record.unsuccessful(last, where)) is not None:
            return failed
        return release_record.released(self._serving(), version, last, where, "no version")

    def alarms(self) -> list[str]:
        return _named(alarms.on(self._clients, self._target.rollback_alarms))

    def fired(self, since: Since) -> list[str]:
        return _named(alarms.were_on(self._clients, self._target.rollback_alarms, since.at))

    def roll_back(self, version: str, reason: str) -> None:
        held = self._releases.trail.held()
        try:
            if held is not None:
                self._releases.resume(wait=False)
            elif self._serving() == version:
                self._releases.rollback(reason=reason, wait=False)
        except LATER as error:
            raise Busy(str(error)) from error
        except ReleaseError as error:
            _raise_cause(error)
            raise Refused(str(error)) from error

    def _serving(self) -> str | None:
        endpoint = live.endpoint(self._clients, self._target.endpoint)
        config = live.config(self._clients, endpoint["EndpointConfigName"])
        return live.package_of(self._clients, live.model_of(config, self._target.variant))


def _named(reasons: Sequence[tuple[str, str]]) -> list[str]:
    return [f"{name} ({why})" if why else name for name, why in reasons]


def _raise_cause(error: ReleaseError) -> None:
    """Raises AWS's own error where a release was only not read: it may pass."""
    if error.__cause__ is not None and aws.is_transient(error.__cause__):
        raise error.__cause__
