"""The life of a service on a cluster, beside the main one: in a process of its own,
since its time is real and this process' calls of AWS have one principal at a time."""

import logging
import multiprocessing
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from rehearsal.cluster.field import PROGRAMS
from rehearsal.cluster.life import NOTIFIES, SCRAPES, beginning
from rehearsal.cluster.stack import manifest
from rehearsal.machine import servers
from rehearsal.machine.tools import MISSING, Used
from rehearsal.report.timeline import Step, StepFailed
from rehearsal.stack import NotPreviewed

SECONDS = 120.0
"""After which a life is given up: it takes half a minute."""
STOP_SECONDS = 20.0
LOST = {"step": "the service's life", "reason": f"it is not over after {SECONDS:.0f} seconds"}


class Beside:
    """A life that goes on in another process, or is skipped."""

    def __init__(self, programs: Mapping[str, str]) -> None:
        self._programs = programs
        self._process: Any = None
        self._steps: Connection | None = None
        self.steps: list[dict[str, Any]] = []
        """Its steps, as data, once it is over."""
        self.failed, self.reason = "", ""
        """The step that failed, and why."""

    @property
    def is_skipped(self) -> bool:
        """Whether this machine lacks a program."""
        return any(name not in self._programs for name in PROGRAMS)

    def begin(self) -> None:
        """Begins the life."""
        # What this process has imported is there after a fork; elsewhere forks of
        # processes with threads are not safe (Python documentation, multiprocessing).
        context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        self._steps, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_live, args=(self._programs, theirs))
        self._process.start()
        theirs.close()

    def wait(self) -> None:
        """Waits until it is over."""
        if self._steps is None:
            return
        end: Mapping[str, str] = LOST
        while self._steps.poll(SECONDS):
            try:
                said = self._steps.recv()
            except EOFError:
                end = {"step": LOST["step"], "reason": "its process has ended"}
                break
            if "name" not in said:
                end = said
                break
            self.steps.append(said)
        self.failed, self.reason = end["step"], end["reason"]
        self.end()

    def end(self) -> None:
        """Ends its process, which stops its servers."""
        if self._process is not None:
            if self.failed or self._process.is_alive():
                self._process.terminate()
            self._process.join(STOP_SECONDS)
            self._process = None

    def tools(self) -> list[Used]:
        """Returns what Prometheus and Alertmanager said."""
        if self.is_skipped:
            return [
                Used(name, MISSING if name not in self._programs else SKIPPED) for name in PROGRAMS
            ]
        said = {step["name"]: step["result"] for step in self.steps}
        return [
            Used(name, said.get(step, self.reason), not self.failed)
            for name, step in zip(PROGRAMS, (SCRAPES, NOTIFIES), strict=True)
        ]


SKIPPED = f"skipped: the service's life needs {' and '.join(PROGRAMS)}"


@contextmanager
def beside() -> Iterator[Beside]:
    """The time in which a service lives beside the main life, where this machine has
    the programs."""
    found = Beside(servers.found(*PROGRAMS))
    if not found.is_skipped:
        found.begin()
    try:
        yield found
    finally:
        found.end()


def _live(programs: Mapping[str, str], steps: Connection) -> None:
    """Lives in this process, and says how it went."""
    signal.signal(signal.SIGTERM, _ended)
    logging.disable(logging.CRITICAL)  # the pods' errors are what they are for

    def changed(step: Step) -> None:
        if step.ended is not None:
            steps.send(
                {
                    "name": step.name,
                    "result": step.result,
                    "passed": step.passed,
                    "seconds": round(step.seconds, 1),
                }
            )

    end = {"step": "", "reason": ""}
    try:
        with beginning(manifest(), programs, changed) as life:
            life.live()
    except StepFailed as error:
        end = {"step": error.step, "reason": error.reason}
    except NotPreviewed as error:
        end = {"step": "the preview of the service's stack", "reason": str(error)}
    steps.send(end)


def _ended(*_: Any) -> None:
    """Ends this process as an error would: servers are stopped."""
    sys.exit(1)
