"""What `groundplan preview` prints, and the files that it writes."""

import json
import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from groundplan.command_line.errors import CommandError
from groundplan.command_line.progress import progress

if TYPE_CHECKING:
    from groundplan.report.model import Report


def write_files(
    reports: Sequence["Report"], files: Mapping[str, pathlib.Path | None], quiet: bool
) -> None:
    """Writes a file for each option that names one."""
    names = ", ".join(str(file) for file in files.values() if file)
    if not names:
        return  # the writers take a while to import
    with progress(f"writing {names}", quiet=quiet):
        _write_each(reports, files)


def _write_each(reports: Sequence["Report"], files: Mapping[str, pathlib.Path | None]) -> None:
    from groundplan.report import junit, sarif
    from groundplan.report.html import page
    from groundplan.report.markdown import comment

    writers: Mapping[str, Callable[[Sequence[Report]], str]] = {
        "out": _manifest_json,
        "markdown": comment.markdown,
        "html": page.html,
        "sarif": sarif.sarif,
        "junit": junit.junit,
    }
    for name, file in files.items():
        if file is None or (name == "out" and reports[0].manifest is None):
            continue  # of a program that never started there is no manifest; the error follows
        try:
            file.write_text(writers[name](reports), encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            raise CommandError(f"--{name} {file} can't be written: {error.strerror}") from None


def _manifest_json(reports: Sequence["Report"]) -> str:
    manifest = reports[0].manifest
    return manifest.to_json() if manifest else ""


def show(
    reports: Sequence["Report"],
    as_json: bool,
    inputs: bool,
    depth: int | None,
    as_report: bool,
    one_line: bool = False,
) -> None:
    """Prints the reports to standard output."""
    if as_json:
        text = _manifest_json(reports)
        if as_report:
            from groundplan.report import json_report

            text = json_report.to_json(reports)
        click.echo(_in_one_line(text) if one_line else text, nl=False)
        return
    from rich.console import Console

    from groundplan.report.terminal import stacks

    stacks.show(reports, Console(), every_input=inputs, depth=depth)


def _in_one_line(text: str) -> str:
    """JSON text in one line."""
    from groundplan.manifest import json_text

    return json_text.dumps(json.loads(text), indent=None) + "\n" if text else ""


def failure(report: "Report") -> str:
    """Returns the error of a stack whose program failed."""
    lines = [f"{report.project}/{report.stack} could not be previewed.", report.message]
    lines += [f"  at {frame}" for frame in report.frames]
    if report.frames and report.manifest:
        lines.append(f"{len(report.manifest.resources)} resources had been registered until then.")
    return "\n".join(lines)
