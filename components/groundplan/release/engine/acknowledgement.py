"""Which rollbacks were reported to who asked for them.

A rollback goes one release back. If its answer was lost, and somebody else brought it
to its end, such as the function on an event of the endpoint, the same command again
would go back once more. So the journal says that a rollback was asked for, and that its
answer was given; one without an answer is the answer of the next command.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan.release.engine import live
from groundplan.release.engine import plan as plans
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.principals import without_random_session
from groundplan.release.engine.trail import Trail

ASKED, ANSWERED = "asked", "answered"


class Acknowledgement:
    """What is known of the answers of one endpoint's releases."""

    def __init__(self, clients: Clients, trail: Trail) -> None:
        self._clients, self._trail = clients, trail

    def ask(self, release: str) -> None:
        """Notes that somebody waits for the end of a rollback."""
        self._trail.note(release, ASKED, {"by": self._clients.caller()})

    def give(self, release: str) -> None:
        """Notes that who asked for a release knows its end. If that can't be noted, the
        next rollback is answered with this one, and changes nothing."""
        with suppress(ClientError, BotoCoreError):
            self._trail.note(release, ANSWERED, {"by": self._clients.caller()})

    def is_given(self, release: str) -> bool:
        """Returns whether who asked for a release knows its end."""
        return self._trail.noted(release, ANSWERED) is not None

    def give_to_beginner(self, plan: Mapping[str, Any]) -> None:
        """The same, if the caller is who began the release."""
        with suppress(ClientError, BotoCoreError):
            beginner = without_random_session(str(plan.get("started_by", "")))
            if beginner == without_random_session(self._clients.caller()):
                self.give(str(plan["release"]))

    def lost(self, records: Sequence[Mapping[str, Any]], endpoint: str) -> Mapping[str, Any] | None:
        """Returns the last release, if it is a rollback to what is live now, and was
        not reported to who asked for it."""
        last = records[-1] if records else None
        if last is None or last["kind"] != plans.ROLLBACK:
            return None
        current = live.endpoint(self._clients, endpoint)["EndpointConfigName"]
        release = str(last["release"])
        if current != last["to"]["config"] or self._trail.noted(release, ASKED) is None:
            return None
        return None if self.is_given(release) else last
