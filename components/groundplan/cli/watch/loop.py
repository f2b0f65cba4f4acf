"""The process of a watch: notices changes, and starts, cancels and ends previews."""

import itertools
import json
import os
import pathlib
import select
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import click

from groundplan.cli.watch import child, origins
from groundplan.cli.watch.files import WatchedFiles
from groundplan.cli.watch.runner import Runner
from groundplan.manifest import interpreter, observed_inputs, preload, processes
from groundplan.manifest import project as projects
from groundplan.manifest.observed_inputs import Observed, Signature
from groundplan.manifest.run import preview_all, source_root
from groundplan.manifest.warm.holder import Holder, runs_in
from groundplan.problems import printable

INTERVAL = 0.1
"""Seconds between two looks at all files. A look takes about a millisecond."""
SHARE = 0.05
"""Share of the time that looking may take: with many files, the interval is longer."""
QUIET = 0.05
"""Seconds without another change before a preview starts: saves of several files are
one change."""
LONGEST = 1.0
"""Seconds after which it starts although files keep changing."""
MOST = 2_000
"""Python files that are watched during the first preview."""
AGAIN = 0.5
"""Seconds between two signals to a preview that is cancelled."""


class Watch:
    """Previews again and again."""

    def __init__(
        self,
        preview: Callable[[Runner], None],
        root: pathlib.Path,
        *,
        base: str,
        outputs: Iterable[pathlib.Path],
        quiet: bool,
    ) -> None:
        """`preview` runs one preview. `root` is the project's folder, `base` the
        revision of --base, `outputs` are files that a preview writes."""
        self._preview = preview
        self._root = root
        self._base = base
        self._outputs = {str(file.absolute()) for file in outputs}
        self._quiet = quiet
        self._files = WatchedFiles()
        self._own = WatchedFiles()
        self._own.replace({path: observed_inputs.signature(path) for path in own_files()})
        self._held = WatchedFiles()
        self._holder: Holder | None = None
        self._child = 0
        self._since = time.monotonic()
        self._signal = 0
        self._wake = -1
        self._session = pathlib.Path()

    def run(self) -> int:
        """Watches until a signal ends it; returns the exit code."""
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        self._wake = reader
        before = {number: signal.signal(number, self._end) for number in processes.SIGNALS}
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(writer)
        try:
            with tempfile.TemporaryDirectory(prefix="groundplan-watch-") as session:
                self._session = pathlib.Path(session)
                try:
                    return self._loop()
                finally:
                    self._cancel()
                    self._end_holder()
        finally:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, number: int, _frame: object) -> None:
        self._signal = self._signal or number

    def _loop(self) -> int:
        self._start_holder()
        self._watch(self._sources(), (), sorted(self._outputs), keep=False)
        self._start()
        pause = INTERVAL
        while not self._signal:
            self._wait(pause)
            code = self._reap()
            if code == child.NO_READER:
                return 0
            if code == click.UsageError.exit_code:
                return code
            if code is not None:
                seconds = time.monotonic() - self._since
                self._say(f"{seconds:.2f} s; waiting for changes (Ctrl-C ends)")
            started = time.monotonic()
            changed = self._changed()
            pause = max(INTERVAL, (time.monotonic() - started) / SHARE)
            if changed and not self._signal:
                self._since = started
                self._settle()
                self._cancel()
                self._say(_words(changed, self._root))
                if own := self._own.changed():
                    self._restart(own)
                self._refresh_holder(changed)
                self._start()
        self._say(f"ended by {signal.Signals(self._signal).name}")
        return 128 + self._signal

    def _changed(self) -> list[str]:
        """Returns what has changed. Which files a preview itself creates is known at
        its end."""
        changed = self._files.changed(folders=not self._child)
        return list(dict.fromkeys([*changed, *self._held.changed(), *self._own.changed()]))

    def _settle(self) -> None:
        """Waits until nothing changes any more: an editor may write a file in several
        steps, git some hundreds of files."""
        end, before = time.monotonic() + LONGEST, self._state()
        while not self._signal and time.monotonic() < end:
            self._wait(QUIET)
            now = self._state()
            if now == before:
                return
            before = now

    def _state(self) -> list[tuple[str, object]]:
        return [(path, observed_inputs.signature(path)) for path in self._changed()]

    def _wait(self, seconds: float) -> None:
        """Waits for a signal, the end of a process, or news of the one that holds the
        SDKs."""
        readers: list[Any] = [self._wake, *([self._holder] if self._holder else [])]
        ready, _, _ = select.select(readers, [], [], seconds)
        if self._wake in ready:
            with suppress(BlockingIOError):
                os.read(self._wake, 4096)
        if self._holder in ready and self._holder:
            if not self._holder.receive():
                self._end_holder()  # it can't run programs; a preview then says why
            else:
                self._held = WatchedFiles()
                self._held.replace(self._holder.held)

    def _start(self) -> None:
        """Starts a preview in a fork of this process."""
        self._own.accept()
        self._files.accept()
        with suppress(OSError):
            (self._session / child.READ).unlink()
        connection = self._holder.connect() if self._holder else None
        sys.stdout.flush()
        sys.stderr.flush()
        self._child = os.fork()
        if self._child == 0:
            self._in_child(connection)
        if connection:
            connection.close()

    def _in_child(self, connection: socket.socket | None) -> None:
        code = 1
        try:
            seen: list[Observed] = []
            run_jobs = None
            if self._holder and connection:
                self._holder.forget()
                run_jobs = runs_in(connection, self._holder.interpreter)
            run = child.recorded(preview_all, run_jobs, seen)
            runner = Runner(run, self._session, self._clear)
            code = child.in_child(lambda: self._preview(runner), self._session, seen)
        finally:
            child.end(code)

    def _clear(self) -> None:
        """Clears a terminal: the last preview is the one that is on it."""
        if sys.stdout.isatty() and not self._quiet:
            click.clear()

    def _reap(self) -> int | None:
        """Receives what a preview that has ended has read. Returns its exit code,
        `None` where none has ended."""
        if not self._child:
            return None
        ended, status = os.waitpid(self._child, os.WNOHANG)
        if not ended:
            return None
        self._child = 0
        code = os.waitstatus_to_exitcode(status)
        with suppress(OSError, ValueError):  # a preview that was cancelled has written nothing
            read = json.loads((self._session / child.READ).read_text(encoding="utf-8"))
            files = {path: tuple(state) if state else None for path, state in read["files"].items()}
            # A preview that failed has read less than the next one will.
            folders = [str(self._root), *read["folders"]]
            self._watch(files, folders, read["written"], keep=code != 0)
        return code

    def _watch(
        self,
        files: Mapping[str, Signature | None],
        folders: Sequence[str],
        written: Sequence[str],
        *,
        keep: bool,
    ) -> None:
        """Watches files, folders, and what every preview depends on."""
        others = {str(path): observed_inputs.signature(str(path)) for path in self._origins()}
        self._files.replace({**others, **files}, folders, written, keep=keep)

    def _sources(self) -> dict[str, Signature | None]:
        """Returns the Python files of the program: what the first preview reads is
        known at its end only, and it may take a while."""
        try:
            folder = projects.load(self._root).entry.parent
            files = map(str, itertools.islice(preload.python_files(folder), MOST))
            return {file: observed_inputs.signature(file) for file in files}
        except (projects.ProjectError, OSError):
            return {}

    def _origins(self) -> Iterable[pathlib.Path]:
        yield from origins.of_project(self._root)
        yield from self._root.glob("Pulumi.*.yaml")
        if self._base and not pathlib.Path(self._base).is_file():
            yield from origins.of_revision(self._base, self._root)

    def _cancel(self) -> None:
        """Ends a preview that runs, and waits until it has cleaned up."""
        while self._child:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGTERM)
            self._wait(AGAIN)
            self._reap()

    def _refresh_holder(self, changed: Sequence[str]) -> None:
        """Starts the process that holds the SDKs again, where what it holds or the
        project's Python has changed."""
        stale = bool(self._held.changed())
        if stale or any(pathlib.Path(path).name in origins.OF_ENVIRONMENT for path in changed):
            interpreter.forget()
            python = self._python()
            if stale or not self._holder or self._holder.interpreter != python:
                self._end_holder()
                self._start_holder()

    def _python(self) -> pathlib.Path | None:
        """Returns the Python of the project; `None` where its Pulumi.yaml is
        invalid."""
        try:
            return projects.load(self._root).python or pathlib.Path(sys.executable)
        except (projects.ProjectError, OSError):
            return None

    def _start_holder(self) -> None:
        python = self._python()
        if python is None:
            return
        with suppress(OSError, projects.ProjectError):
            project = projects.load(self._root)
            self._holder = Holder(python, self._root, source_root(project))

    def _end_holder(self) -> None:
        if self._holder:
            self._holder.end()
        self._holder, self._held = None, WatchedFiles()

    def _restart(self, changed: Sequence[str]) -> None:
        """Starts the whole watch again: Groundplan's own modules have changed, as in
        its repository. Not where one can't be compiled."""
        for path in changed:
            if path.endswith(".py"):
                try:
                    compile(pathlib.Path(path).read_bytes(), path, "exec")
                except (OSError, SyntaxError, ValueError) as error:
                    click.echo(f"groundplan: {path}: {printable(str(error))}", err=True)
                    return
        raise Restart

    def _say(self, text: str) -> None:
        if not self._quiet:
            click.echo(f"groundplan: {printable(text)}", err=True)


class Restart(Exception):
    """The watch is to start again in a new process."""


def own_files() -> list[str]:
    """Returns the files of the modules of this process, without installed ones."""
    folders = observed_inputs.installed()
    files = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
    return sorted(file for file in files if file and not file.startswith(folders))


def _words(changed: Sequence[str], root: pathlib.Path) -> str:
    """`infra/network.py changed`, and how many others."""
    first = os.path.relpath(changed[0], root)
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    return f"{first}{more} changed"
