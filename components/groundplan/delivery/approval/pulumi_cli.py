"""The Pulumi CLI, as far as an approval and `groundplan up` need it."""

import pathlib
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from groundplan.command_line import pulumi_cli


@dataclass(frozen=True)
class Pulumi:
    """The CLI in the folder of a project."""

    folder: pathlib.Path
    stack: str
    plan: pathlib.Path | None = None
    """Where a preview writes the engine's plan as well, which can constrain an
    update."""

    def backend(self) -> str:
        """Where the state is, without what differs between machines; empty where the
        CLI does not say it."""
        try:
            found = pulumi_cli.json_object(("whoami", "--json"), None, self.folder)
        except pulumi_cli.PulumiError:
            return ""
        url = urlsplit(str(found.get("url") or ""))
        return (
            url.scheme if url.scheme in ("", "file") else f"{url.scheme}://{url.netloc}{url.path}"
        )

    def export(self) -> Mapping[str, Any]:
        """The deployed state, with ciphertext in place of secrets."""
        return pulumi_cli.state(self.stack, self.folder)

    def preview(self) -> Mapping[str, Any]:
        """The steps of a refresh and of an update, without either."""
        save = ("--save-plan", str(self.plan)) if self.plan else ()
        words = ("preview", "--refresh", "--json", *save)
        return pulumi_cli.json_object(words, self.stack, self.folder)

    def updates(self) -> list[tuple[str, str]]:
        """Start and message of the latest updates, the newest first."""
        command = ("stack", "history", "--json", "--page-size", "20", "--page", "1")
        found = pulumi_cli.parsed(command, self._output(*command) or "[]")
        entries = found if isinstance(found, list) else []
        return [(str(e.get("startTime")), str(e.get("message") or "")) for e in entries]

    def save_plan(self, file: pathlib.Path) -> None:
        """Writes the plan of the engine, which can constrain an update."""
        self._output("preview", "--save-plan", str(file), "--suppress-outputs")

    def up(
        self, message: str, plan: pathlib.Path | None, *, quiet: bool, refresh: bool = False
    ) -> int:
        """Updates the stack, with the CLI's own output, on standard error where
        `quiet`; returns its exit code. With `refresh`, it reads the cloud before, and
        undoes what differs there."""
        constrained = ["--plan", str(plan)] if plan else []
        refreshed = ["--refresh"] if refresh else []
        words = ["up", "--yes", "--message", message, *refreshed, *constrained]
        command = pulumi_cli.command(words, self.stack)
        return _run_to_end(command, self.folder, sys.stderr.fileno() if quiet else None)

    def _output(self, *arguments: str) -> str:
        return pulumi_cli.output(arguments, self.stack, folder=self.folder)


def _run_to_end(command: Sequence[str], folder: pathlib.Path, output: int | None) -> int:
    """Runs an update to its end. An interruption is the CLI's to handle: it ends what
    is under way and writes the state; killed, it leaves the stack locked."""
    received: list[int] = []
    started: list[subprocess.Popen[bytes]] = []

    def forward(number: int, _frame: object) -> None:
        if not started:
            received.append(number)
        for process in started:
            process.send_signal(number)

    with _handled_by(forward):
        process = subprocess.Popen(  # noqa: S603 (no shell)
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, process_group=0
        )
        started.append(process)
        for number in received:  # while it started
            process.send_signal(number)
        return process.wait()


@contextmanager
def _handled_by(handler: Callable[[int, object], None]) -> Iterator[None]:
    """While it is open, a function handles interruptions; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)
