"""Settings that a program refuses before it imports a provider's SDK.

Several stacks are forked from a process that has imported the SDKs, which takes
seconds. Before that, each program runs up to its first import of one in a process of
its own: a program that reads its settings first then says at once what is wrong with
them. Nothing that has an effect runs twice: the process ends at its first attempt to
start another one, to connect, or to write a file.
"""

import importlib
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from typing import Any, NoReturn

import pulumi

REFUSED = 3
"""The exit code of a process whose program refuses its settings."""

SECONDS = 20
"""The longest that a program may take up to its first provider. One that takes longer
isn't judged early."""

PROVIDERS = ("pulumi_", "pulumiverse_")
"""The beginnings of the names of provider SDKs."""

LIBRARY = "groundplan."

EFFECTS = frozenset(
    {
        *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork"),
        *("socket.connect", "socket.bind", "socket.getaddrinfo", "urllib.Request"),
        *("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod"),
        *("shutil.rmtree", "shutil.move", "shutil.copyfile", "os.link", "os.symlink"),
    }
)
"""Audit events of what has an effect (Python, `Audit events table`)."""

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

Job = dict[str, Any]


def refused(jobs: Sequence[Job], run: Callable[[Job], object]) -> list[Job]:
    """Returns the jobs whose programs raise `pulumi.RunError` before they import a
    provider. `run` runs the program of a job.

    What the first program imports of this library is imported here too, so that the
    others, which are forked from this process, need not.
    """
    with tempfile.TemporaryFile("w+") as imported:
        codes = _codes(jobs[:1], run, imported.fileno())
        imported.seek(0)
        for name in imported.read().split():
            with suppress(Exception):  # only the time depends on it
                importlib.import_module(name)
    codes += _codes(jobs[1:], run)
    return [job for job, code in zip(jobs, codes, strict=True) if code == REFUSED]


def _codes(
    jobs: Sequence[Job], run: Callable[[Job], object], imported: int | None = None
) -> list[int]:
    """Returns the exit codes of processes that judge the jobs, as many at a time as
    there are processors."""
    waiting, running, codes = list(range(len(jobs))), dict[int, int](), [0] * len(jobs)
    while waiting or running:
        if waiting and len(running) < (os.cpu_count() or 1):
            number = waiting.pop(0)
            process = os.fork()
            if process == 0:
                _judge(jobs[number], run, imported)
            running[process] = number
        else:
            process, status = os.wait()
            codes[running.pop(process)] = os.waitstatus_to_exitcode(status)
    return codes


def _judge(job: Job, run: Callable[[Job], object], imported: int | None) -> NoReturn:
    """Runs a program up to its first provider or effect, without its output, and ends
    this process; writes what it has imported of this library."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    before = set(sys.modules)

    def end(code: int) -> NoReturn:
        if imported is not None:
            new = sorted(name for name in {*sys.modules} - before if name.startswith(LIBRARY))
            os.write(imported, "\n".join(new).encode())
        os._exit(code)

    sys.meta_path.insert(0, _Door(end))
    sys.addaudithook(lambda event, arguments: _end_at_effect(event, arguments, end))
    try:
        run(job)
    except pulumi.RunError:
        end(REFUSED)
    except BaseException:  # noqa: BLE001 (the program runs again, and reports it)
        end(0)
    end(0)


@dataclass(frozen=True)
class _Door(MetaPathFinder):
    """Ends the process at the import of a provider."""

    end: Callable[[int], NoReturn]

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        if fullname.startswith(PROVIDERS):
            self.end(0)
        return None


def _end_at_effect(event: str, arguments: tuple[Any, ...], end: Callable[[int], NoReturn]) -> None:
    if "__pycache__" in str(arguments):
        return  # Python's own cache of compiled modules
    if event in EFFECTS:
        end(0)
    if event == "open":
        file, mode, flags = arguments
        if isinstance(file, int):
            return  # open already, and judged then: so Python writes its cache
        writes = isinstance(flags, int) and flags & WRITING
        if writes or (isinstance(mode, str) and set(mode) & set("wax+")):
            end(0)
