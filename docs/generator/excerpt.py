"""The README's excerpt of a preview."""

import io
import re
from collections.abc import Iterable, Iterator

from groundplan.manifest.run import Request, preview
from groundplan.report.terminal.tree import show
from rich.console import Console

from generator.paths import ROOT

SHOWN = (
    "artifacts",
    "artifacts-bucket",
    "artifacts-versioning",
    "churn",
    "churn-endpoint",
    "churn-errors",
    "churn-scaling",
    "monitoring",
    "monitoring-endpoint-churn-latency",
    "monitoring-topic",
    "network",
    "network-private-1",
    "network-vpc",
    "training",
    "training-cluster",
    "training-gpu-nodes",
    "training-cluster-queue",
)
"""The resources of dev that the excerpt keeps."""

BEGIN, END = "<!-- preview: `make docs` writes this -->", "<!-- /preview -->"
WIDTH = 100


def insert(readme: str) -> str:
    """Returns the README with the excerpt between its markers."""
    before, rest = readme.split(BEGIN)
    return f"{before}{BEGIN}\n```text\n{excerpt()}\n```\n{END}{rest.split(END)[1]}"


def excerpt() -> str:
    """Returns the output of `make preview`, shortened: `...` marks omitted lines."""
    result = preview(Request(ROOT, "dev"))
    if result.manifest is None or result.failed:
        raise SystemExit(f"the preview of dev fails: {result.message}")
    screen = io.StringIO()
    show(
        result.manifest,
        Console(
            file=screen, width=WIDTH, color_system=None, force_terminal=False, legacy_windows=False
        ),
    )
    return "\n".join(_shortened(screen.getvalue().splitlines()))


def _shortened(lines: Iterable[str]) -> Iterator[str]:
    left_out = False
    for line in lines:
        name = re.match(r"[│├└─ ]+(\S+)", line)
        if name and name[1] not in SHOWN:
            if not left_out:
                yield re.match(r"[│ ]*", line)[0] + "..."  # type: ignore[index]
            left_out = True
            continue
        left_out = False
        if line == "outputs":
            return
        yield line.rstrip()
