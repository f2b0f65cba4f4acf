"""What is different for a preview that is one of a watch."""

import pathlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from groundplan.report.wanted import Run


@dataclass(frozen=True)
class Runner:
    """How a preview runs programs and prints."""

    run: "Run"
    """Runs the programs of stacks."""
    session: pathlib.Path
    """The folder of the watch, where bases are kept that can't be kept for longer."""
    show: Callable[[], None]
    """Called before the first line is printed."""
