"""Previews in forks of one process that has imported Pulumi, which takes most of the
time of a small program's preview. In the fork runs what a new worker runs
(`groundplan.manifest.start`), with the environment, the folder and the error stream of
its caller; no state of one preview reaches the next.

    python -m forked_previews SOCKET
"""

import atexit
import contextlib
import gc
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.manifest import lazy_providers, preload, processes, run, worker
from groundplan.manifest.run import in_new_process

CLIENT = pathlib.Path(__file__).with_name("preview_client.py")
SDKS = (("pulumi_aws", "s3", "Bucket"), ("pulumi_aws", "iam", "Role"))
"""What is imported beforehand of the providers' SDKs, with what these classes need."""

WORD = 4
"""Bytes of a request's length."""


@contextlib.contextmanager
def served() -> Iterator["Server | None"]:
    """A server for the time in which it is open; none where the system is not Linux."""
    if not hasattr(os, "pidfd_open"):
        yield None
        return
    # Below the folder of a test, the path may be longer than a socket's may be.
    with tempfile.TemporaryDirectory(prefix="previews-") as folder:
        address = f"{folder}/socket"
        environment = run.environment()
        path = os.pathsep.join([str(CLIENT.parent), environment["PYTHONPATH"]])
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, address],
            env={**environment, "PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"listening\n"
            yield Server(address, _of_python())
        finally:
            process.kill()
            process.communicate()


@dataclass(frozen=True)
class Server:
    """A server that listens."""

    address: str
    variables: Mapping[str, str]

    def run(self, jobs_file: pathlib.Path, interpreter: pathlib.Path, root: pathlib.Path) -> int:
        """Runs jobs in a fork, where it would be a fork of what they ask for."""
        if interpreter != pathlib.Path(sys.executable) or _of_python() != self.variables:
            return in_new_process(jobs_file, interpreter, root)
        command = [sys.executable, "-I", "-S", str(CLIENT), self.address, str(jobs_file)]
        done = processes.run(
            command, cwd=root, env=run.environment(), capture=False, end_with=signal.SIGKILL
        )
        return done.returncode


def _of_python() -> dict[str, str]:
    """Variables that are read when Python or the library starts."""
    names = ("PYTHON", lazy_providers.VARIABLE)
    return {name: value for name, value in os.environ.items() if name.startswith(names)}


def serve(address: str) -> None:
    """Forks for each request, until it is killed."""
    worker.prepare()
    lazy_providers.install()
    # Their own modules too: a class of theirs is then created by the program.
    preload.create(SDKS)
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        os.write(1, b"listening\n")
        while True:
            client, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                os._exit(_answer(client))
            client.close()
            _reap()


def _reap() -> None:
    """Reads the exit codes of forks that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _answer(client: socket.socket) -> int:
    """Runs the jobs of a client in a fork that ends with the client."""
    length, (stream,), _, _ = socket.recv_fds(client, WORD, 1)
    text, size = b"", int.from_bytes(length, "big")
    while len(text) < size:
        text += client.recv(size - len(text))
    group = os.fork()
    if group == 0:
        client.close()
        os.dup2(stream, 1)
        os.dup2(stream, 2)
        _run(json.loads(text))
    ended = os.pidfd_open(group)
    waited: list[int | socket.socket] = [ended, client]
    ready, _, _ = select.select(waited, [], [])
    if ended not in ready:  # the client was killed
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(group, 0)[1])
    with contextlib.suppress(OSError):
        client.sendall(str(code).encode())
    return 0


def _run(request: dict[str, Any]) -> None:
    """Runs jobs as `groundplan.manifest.start` does, and ends the process."""
    code = 1
    try:
        os.setsid()
        os.environ.clear()
        os.environ.update(request["env"])
        os.chdir(request["folder"])
        sys.path[0] = request["folder"]
        sys.path.remove(str(CLIENT.parent))
        code = worker.main(request["jobs"])
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(sys.argv[1])
