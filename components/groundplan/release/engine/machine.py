"""The steps of a release. Each is idempotent, and the next run after a crash resumes
where it stopped.

    model -> configuration -> update -> wait -> verify -> smoke -> record

If the model does not answer the smoke requests, the endpoint returns to its former
configuration before the record is written.

State is read from AWS at every step, never remembered; the journal holds what AWS does
not return. The former configuration stays in AWS: nothing here deletes one.
"""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from groundplan.release.engine import plan as plans
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.creation import Creation
from groundplan.release.engine.ending import Ended, Ending
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.history import FAILED, ROLLED_BACK, SUCCEEDED
from groundplan.release.engine.moving import Moving
from groundplan.release.engine.plan import Plan
from groundplan.release.engine.proof import Proof
from groundplan.release.engine.target import Target
from groundplan.release.engine.trail import Trail
from groundplan.release.engine.waiting import Patience


class Machine:
    """Takes releases of one endpoint to their end."""

    def __init__(
        self,
        clients: Clients,
        target: Target,
        trail: Trail,
        progress: Callable[[str], None],
        now: Callable[[], datetime.datetime],
        patience: Patience,
    ) -> None:
        self._trail = trail
        self._creation = Creation(clients, progress)
        self._moving = Moving(clients, trail, progress, now, patience)
        self._proof = Proof(clients, target, trail, progress, patience)
        self._ending = Ending(clients, target, trail, now)

    def run(self, plan: Plan, wait: bool) -> Mapping[str, Any]:
        """Take all steps that are not yet taken; gives the record.

        Raises `StillMoving` if the endpoint is on its way and `wait` is false,
        `Unfinished` if it took too long, and AWS's own errors where nobody knows
        whether a call took effect.
        """
        try:
            self._steps(plan, wait)
        except Ended as end:
            return self._trail.write(self._ending.record(plan, end))
        except Refused as error:  # a resource that the release needs is gone
            return self._trail.write(self._ending.record(plan, Ended(FAILED, "look", str(error))))
        raise AssertionError("a release ends")

    def _steps(self, plan: Plan, wait: bool) -> None:
        failed = self._trail.noted(plan.release, "smoke-failed", ("reason",))
        if failed is None:
            self._creation.model(plan)
            self._creation.config(plan)
            self._moving.move(plan, plan.update_request, plan.from_config, "update", wait)
            self._proof.verify(plan)
            failed = self._proof.smoke(plan)
        if failed is not None:
            self._revert(plan, str(failed["reason"]), wait)
        raise Ended(
            SUCCEEDED,
            "verified",
            smoke="passed" if plan.smoke or plan.has_recorded_requests else "none",
        )

    def _revert(self, plan: Plan, reason: str, wait: bool) -> None:
        """Go back from a model that does not answer. Always raises `Ended`."""
        if plan.kind == plans.ROLLBACK:
            # There is nothing better behind it: what it came from was bad enough to be
            # left.
            raise Ended(FAILED, "smoke", f"{reason}; the endpoint stays on {plan.config}", "failed")
        self._moving.move(plan, plan.revert_request, plan.config, "revert", wait)
        raise Ended(
            ROLLED_BACK,
            "smoke",
            f"{reason}; the endpoint was moved back to {plan.from_config}",
            "failed",
        )
