"""Servers of the field that really run, for the time of a rehearsal: started on a free
port of this machine, waited for, and stopped at the end, whatever happened."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

HOST = "127.0.0.1"
STOP_SECONDS = 10.0
"""After a request to end; then it is killed."""
POLL_SECONDS = 0.1


class NotStarted(Exception):
    """A server does not answer."""


def found(*names: str) -> dict[str, str]:
    """Returns the programs that are on the PATH, by name."""
    paths = {name: shutil.which(name) for name in names}
    return {name: path for name, path in paths.items() if path}


def free_port() -> int:
    """Returns a port that nothing listens on."""
    with socket.socket() as place:
        place.bind((HOST, 0))
        port: int = place.getsockname()[1]
        return port


@dataclass(frozen=True)
class Started:
    """A server that was started, and may not answer yet."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: pathlib.Path

    def wait(self, healthy: str, seconds: float) -> None:
        """Waits until it answers at a URL. Raises `NotStarted` with what it wrote if
        that takes longer, or if it ends."""
        wait_for(lambda: self._has_ended or answers(healthy), seconds)
        if self._has_ended or not answers(healthy):
            last = self.log.read_text(encoding="utf-8", errors="replace")[-500:]
            raise NotStarted(f"{self.name} does not answer at {healthy}: {last.strip()}")

    @property
    def _has_ended(self) -> bool:
        return self.process.poll() is not None


@contextlib.contextmanager
def started(
    command: Sequence[str], folder: pathlib.Path, environment: Mapping[str, str] | None = None
) -> Iterator[Started]:
    """The time in which a server runs: it ends with it, whatever happened."""
    name = pathlib.Path(command[0]).name
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (found on the PATH)
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its workers end with it
        )
    try:
        yield Started(name, process, log)
    finally:
        _stop(process)


@contextlib.contextmanager
def running(
    command: Sequence[str],
    healthy: str,
    folder: pathlib.Path,
    *,
    environment: Mapping[str, str] | None = None,
    seconds: float = 30.0,
) -> Iterator[None]:
    """The time in which a server answers. `healthy`: the URL that it answers when it is
    ready. Raises `NotStarted`."""
    with started(command, folder, environment) as server:
        server.wait(healthy, seconds)
        yield


def wait_for(is_true: Callable[[], object], seconds: float, pause: float = POLL_SECONDS) -> bool:
    """Waits in real time until something is true; whether it is."""
    end = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() >= end:
            return False
        time.sleep(pause)
    return True


def answers(url: str) -> bool:
    """Whether a server answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 (this machine)
            return bool(answer.status == 200)
    except OSError:
        return False


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """Ends a server and its workers."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sent)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
            break
