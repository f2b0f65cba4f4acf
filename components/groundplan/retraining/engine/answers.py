"""What a step answers: to the state machine, and to the driver."""

from dataclasses import dataclass
from typing import Any

from groundplan.retraining.engine.names import Outcome, Status, Step

LONGEST = 4000
"""Characters of a message: the payload of a state has at most 256 KB (quotas of Step
Functions), and causes of failures can be long."""


@dataclass(frozen=True)
class Answer:
    """What a step came to."""

    status: Status
    step: Step
    run: str = ""
    """The run's id; empty if there is none."""
    message: str = ""
    """A sentence for people."""
    outcome: Outcome | None = None
    """How it ended, for `ENDED` and `IDLE`."""
    wait_seconds: int = 0
    """With `WAIT`, when to call again."""
    notify: bool = False
    """Whether people are notified of it: not of what was known already."""

    def document(self) -> dict[str, Any]:
        """Returns the answer as the function's result. All keys are always there: the
        state machine's paths refer to them."""
        return {
            "status": self.status.value,
            "step": self.step.value,
            "run": self.run,
            "message": self.message[:LONGEST],
            "outcome": self.outcome.value if self.outcome else "",
            "wait_seconds": self.wait_seconds,
            "notify": self.notify,
        }
