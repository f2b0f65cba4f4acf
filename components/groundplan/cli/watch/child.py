"""One preview of a watch, in a process of its own: nothing that it changes or remembers
reaches the next one."""

import errno
import json
import os
import pathlib
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace

import click

from groundplan.manifest import cache_folder, observed_inputs, processes
from groundplan.manifest.observed_inputs import Observed
from groundplan.manifest.run import Request, Result, RunJobs

NO_READER = 99
"""Exit code of a preview whose output nobody reads any more."""

SYSTEM = ("/usr/share/", "/usr/lib/", "/lib/", "/etc/")
"""Folders of the system, such as that of time zones: nobody edits them meanwhile."""

READ = "read.json"
"""The file in the session's folder with what the preview has read."""


def in_child(preview: Callable[[], None], session: pathlib.Path, seen: list[Observed]) -> int:
    """Runs one preview in this process, which is a fork; returns its exit code. `seen`
    receives what the programs read."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number in processes.SIGNALS:
        # A preview is cancelled while programs run. What it prints or writes it ends.
        signal.signal(number, lambda *_: None)
    # The folders of this preview go with the session's, however it ends.
    tempfile.tempdir = str(session)
    with observed_inputs.recording() as own:
        code = _code_of(preview)
    if code == 128 + signal.SIGTERM:
        return code
    _write(session, [own, *seen])
    return code


def _code_of(preview: Callable[[], None]) -> int:
    try:
        try:
            preview()
            sys.stdout.flush()
        except click.ClickException as error:
            error.show()
            return error.exit_code
        except SystemExit as error:
            return error.code if isinstance(error.code, int) else 1
    except OSError as error:
        if error.errno == errno.EPIPE:
            return NO_READER
        traceback.print_exc()
        return 1
    except BaseException:  # noqa: BLE001 (a fault of the preview itself; the watch goes on)
        traceback.print_exc()
        return 1
    return 0


def recorded(
    run: Callable[..., list[Result]], run_jobs: RunJobs | None, seen: list[Observed]
) -> Callable[[Sequence[Request]], list[Result]]:
    """Returns what runs programs, and adds what they read to `seen`."""

    def record(requests: Sequence[Request]) -> list[Result]:
        results = run([replace(r, observed=True) for r in requests], run_jobs=run_jobs)
        seen.extend(result.observed for result in results if result.observed)
        return results

    return record


def _write(session: pathlib.Path, seen: Collection[Observed]) -> None:
    """Writes what was read, without what Groundplan itself keeps."""
    own = tuple(f"{folder}{os.sep}" for folder in (session, cache_folder.folder()))
    own += SYSTEM
    written = {path for observed in seen for path in observed.written}
    files: dict[str, observed_inputs.Signature | None] = {}
    for observed in seen:
        for path, state in observed.files.items():
            if path not in written and not path.startswith(own):
                files.setdefault(path, state)
    listed = {path for observed in seen for path in observed.folders}
    folders = sorted(path for path in listed if not f"{path}{os.sep}".startswith(own))
    with suppress(OSError):
        text = json.dumps({"files": files, "folders": folders, "written": sorted(written)})
        (session / READ).write_text(text, encoding="utf-8")


def end(code: int) -> None:
    """Ends the fork."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)
