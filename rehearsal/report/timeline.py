"""The timeline: the steps of a life, what each came to, and how long it took."""

import datetime
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rehearsal.account.account import Account


class StepFailed(Exception):
    """A step of the rehearsal failed."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.step, self.reason = step, reason


@dataclass
class Step:
    """One step of a life."""

    name: str
    began: datetime.datetime
    result: str = ""
    ended: datetime.datetime | None = None
    seconds: float = 0.0
    """Of this machine."""
    calls: int = 0
    passed: bool = False
    facts: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Returns plain data."""
        return {
            "step": self.name,
            "began": self.began.isoformat(),
            "ended": self.ended.isoformat() if self.ended else None,
            "passed": self.passed,
            "result": self.result,
            "calls": self.calls,
            "facts": self.facts,
        }


@dataclass
class Timeline:
    """The steps so far."""

    account: Account
    changed: Callable[[Step], None] = lambda _step: None
    """Called when a step begins and when it ends."""
    steps: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """The time of a step. Raises `StepFailed` for any error in it, and for any call
        that the plan's policies refuse, whoever caught that."""
        account = self.account
        step = Step(name, account.clock.now)
        self.steps.append(step)
        self.changed(step)
        begun, calls, refused = time.monotonic(), account.calls, len(account.guard.refusals)
        try:
            yield step
            if account.guard.refusals[refused:]:
                raise StepFailed(name, str(account.guard.refusals[refused]))
            step.passed = True
        except StepFailed as error:
            step.result = error.reason
            raise
        except Exception as error:
            refusals = account.guard.refusals[refused:]
            step.result = str(refusals[0]) if refusals else f"{type(error).__name__}: {error}"
            raise StepFailed(name, step.result) from error
        finally:
            step.ended, step.seconds = account.clock.now, time.monotonic() - begun
            step.calls = account.calls - calls
            self.changed(step)

    def note(self, name: str, result: str, **facts: Any) -> None:
        """Adds a step that the product took by itself, as it ended."""
        now = self.account.clock.now
        step = Step(name, now, brief(result), now, passed=True, facts=facts)
        self.steps.insert(self._before_open(), step)
        self.changed(step)

    def _before_open(self) -> int:
        """The place before the step that is under way."""
        is_open = bool(self.steps) and self.steps[-1].ended is None
        return len(self.steps) - is_open

    def as_data(self) -> list[Mapping[str, Any]]:
        """Returns plain data."""
        return [step.as_dict() for step in self.steps]


LONG = (
    (re.compile(r"@sha256:([0-9a-f]{8})[0-9a-f]{56}"), r"@\1"),
    (re.compile(r"arn:aws:sagemaker:[^ ]*:model-package/[^ ]*/(\d+)"), r"version \1"),
    (re.compile(r"arn:aws:sts:[^ ]*/([^ :]+)"), r"\1"),
    (re.compile(r"s3://[^ ]*/([^ /]+)"), r"\1"),
)
"""What is long in the product's messages, and what the timeline says in its place."""


def brief(text: str) -> str:
    """Returns a message without what only machines read."""
    for pattern, short in LONG:
        text = pattern.sub(short, text)
    return text
