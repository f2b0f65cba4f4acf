"""The process that holds the provider SDKs of a project and forks for each run.

    python -m groundplan.manifest.start --warm FD SOURCES

The socket FD receives a socket for each run, and ends this process when it closes. A
run's socket receives the path of a file of jobs, and is answered by `ended CODE`. A run
ends when its socket closes.
"""

import atexit
import gc
import importlib
import json
import linecache
import os
import pathlib
import selectors
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from groundplan.manifest import lazy_providers, observed_inputs, preload, worker
from groundplan.manifest.warm import classes, compiled

CLASSES = ".classes"
"""The suffix of the file with the names of the classes that a run has created."""


def main(descriptor: int, sources: str) -> int:
    """Serves runs until the socket closes."""
    control = socket.socket(fileno=descriptor)
    worker.prepare()
    lazy_providers.install()
    names = preload.names(pathlib.Path(sources))
    with observed_inputs.recording() as seen:
        preload.create(names)
    process = Process(control, seen.files)
    process.hold()
    process.serve()
    return 0


@dataclass
class Run:
    """A run in progress."""

    client: socket.socket
    jobs: list[dict[str, Any]]
    group: int


class Process:
    """Forks for each run."""

    def __init__(
        self, control: socket.socket, read: dict[str, observed_inputs.Signature | None]
    ) -> None:
        self._control = control
        self._read = read
        self._runs: dict[int, Run] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)

    def hold(self) -> None:
        """Reports the files that this process has read, and the folders of installed
        packages, with their states."""
        folders = observed_inputs.installed()
        modules = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
        for file in modules - {""} - set(self._read):
            self._read[file] = observed_inputs.signature(file)
        held = {path: at for path, at in self._read.items() if not path.startswith(folders)}
        for folder in observed_inputs.package_folders():
            held[folder] = observed_inputs.signature(folder)
        with suppress(OSError):  # the reader has ended, and so does this process
            self._control.sendall(json.dumps(held).encode() + b"\n")
        gc.collect()
        gc.freeze()  # a fork copies no page because of it

    def serve(self) -> None:
        ended, wake = socket.socketpair()
        ended.setblocking(False)
        wake.setblocking(False)
        signal.set_wakeup_fd(wake.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(ended, selectors.EVENT_READ)
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._control:
                    if not self._accept():
                        return self._end_all()
                elif key.fileobj is ended:
                    with suppress(BlockingIOError):
                        ended.recv(4096)
                    self._reap()
                else:
                    self._receive(key.fileobj)

    def _accept(self) -> bool:
        """Receives the socket of a run; false where there will be no other."""
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
        except OSError:  # closed with a message that was not read
            return False
        for descriptor in descriptors:
            client = socket.socket(fileno=descriptor)
            self._selector.register(client, selectors.EVENT_READ)
        return bool(message)

    def _receive(self, client: Any) -> None:
        """Starts the run of a client, or ends it where the client has ended."""
        group = next((run.group for run in self._runs.values() if run.client is client), 0)
        try:
            text = client.recv(65536)
        except OSError:
            text = b""
        if group or not text:
            self._selector.unregister(client)
            if group:
                _kill(group)
            else:
                client.close()
            return
        jobs = json.loads(pathlib.Path(text.decode().strip()).read_text(encoding="utf-8"))
        sys.stderr.flush()
        group = os.fork()
        if group == 0:
            _run(jobs, (self._control, client))
        self._runs[group] = Run(client, jobs, group)

    def _reap(self) -> None:
        """Answers the clients of the runs that have ended."""
        for group in list(self._runs):
            ended, status = os.waitpid(group, os.WNOHANG)
            if not ended:
                continue
            _kill(group)  # what a program has left running
            run = self._runs.pop(group)
            created = [_created(job) for job in run.jobs]
            with suppress(OSError):
                run.client.sendall(f"ended {os.waitstatus_to_exitcode(status)}\n".encode())
            with suppress(KeyError, ValueError):
                self._selector.unregister(run.client)
            run.client.close()
            if not self._runs:
                self._learn(created)

    def _learn(self, created: list[dict[str, list[str]]]) -> None:
        """Creates the classes that the runs have created and this process has not."""
        known = {(module, name) for module, names in classes.created().items() for name in names}
        new: dict[str, list[str]] = {}
        for run in created:
            for module, names in run.items():
                missing = [name for name in names if (module, name) not in known]
                if missing or module not in sys.modules:
                    new.setdefault(module, []).extend(missing)
        if new:
            with observed_inputs.recording() as seen:
                classes.create(new)
            self._read = {**seen.files, **self._read}
            self.hold()

    def _end_all(self) -> None:
        for group in self._runs:
            _kill(group)


def _created(job: Mapping[str, Any]) -> dict[str, list[str]]:
    file = pathlib.Path(job["result"]).with_suffix(CLASSES)
    try:
        data: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _run(jobs: list[dict[str, Any]], inherited: tuple[socket.socket, ...]) -> None:
    """Runs jobs in a fork, which ends here."""
    code = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for connection in inherited:
            connection.close()
        importlib.invalidate_caches()
        linecache.clearcache()
        compiled.check()
        code = _one(jobs[0]) if len(jobs) == 1 else worker.in_parallel(jobs, _one)
    finally:
        end(code)


def _one(job: dict[str, Any]) -> int:
    code = worker.run(job)
    file = pathlib.Path(job["result"]).with_suffix(CLASSES)
    file.write_text(json.dumps(classes.created()), encoding="utf-8")
    return code


def end(code: int) -> None:
    """Ends this process as Python would, but for releasing every object."""
    atexit._run_exitfuncs()
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
