"""Starts the process that holds the provider SDKs of a project, and runs jobs in its
forks."""

import json
import pathlib
import signal
import socket
import subprocess
from contextlib import suppress

from groundplan.manifest import processes
from groundplan.manifest.observed_inputs import Signature
from groundplan.manifest.run import RunJobs, environment, in_new_process

SECONDS = 5.0
"""Time after which the process is killed, which ends by itself when its socket
closes."""


class Holder:
    """The process that holds the SDKs, as its parent sees it."""

    def __init__(
        self, interpreter: pathlib.Path, root: pathlib.Path, sources: pathlib.Path
    ) -> None:
        """Raises `OSError` where the interpreter can't be started."""
        self.interpreter = interpreter
        self._control, theirs = socket.socketpair()
        self._received = b""
        self.held: dict[str, Signature | None] = {}
        """What the process has read, with its state: where that changes, the process is
        started again."""
        descriptor = theirs.fileno()
        module = ("-m", "groundplan.manifest.start", "--warm", str(descriptor), str(sources))
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603 (the project's own Python)
                    [str(interpreter), *module],
                    cwd=root,
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=2,
                    pass_fds=(descriptor,),
                    start_new_session=True,
                )
            except OSError:
                self._control.close()
                raise
        self._control.setblocking(False)

    def fileno(self) -> int:
        """Returns the descriptor that is readable when `receive` has news."""
        return self._control.fileno()

    def receive(self) -> bool:
        """Receives what the process holds; false where it has ended."""
        try:
            while data := self._control.recv(1 << 20):
                self._received += data
        except BlockingIOError:
            data = b" "
        except OSError:
            data = b""
        *lines, self._received = self._received.split(b"\n")
        if lines:
            held = json.loads(lines[-1])
            self.held = {path: tuple(state) if state else None for path, state in held.items()}
        return bool(data)

    def connect(self) -> socket.socket:
        """A connection for one run, which another process may use."""
        ours, theirs = socket.socketpair()
        with theirs, suppress(OSError):  # it has ended: the run then starts a new worker
            socket.send_fds(self._control, [b"r"], [theirs.fileno()])
        return ours

    def forget(self) -> None:
        """Closes the socket in a fork of the parent."""
        self._control.close()

    def end(self) -> None:
        """Ends the process and its runs."""
        self._control.close()
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()


def runs_in(connection: socket.socket, holder: pathlib.Path) -> RunJobs:
    """Returns what runs jobs in a fork of the process with the interpreter `holder`;
    with another interpreter, or where that process has ended, in a new worker."""

    def run(jobs_file: pathlib.Path, interpreter: pathlib.Path, root: pathlib.Path) -> int:
        if interpreter != holder:
            return in_new_process(jobs_file, interpreter, root)
        with processes.ended_by_signals(lambda: _shut(connection)):
            answer = b""
            with suppress(OSError):
                connection.sendall(f"{jobs_file}\n".encode())
                while not answer.endswith(b"\n") and (data := connection.recv(4096)):
                    answer += data
        if not answer:
            return in_new_process(jobs_file, interpreter, root)
        return int(answer.split()[1])

    return run


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
