"""What a preview is asked for. Imports none of the readers."""

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from groundplan.manifest import project as projects
from groundplan.manifest import time_limit
from groundplan.manifest.base_cache import BaseCache
from groundplan.manifest.run import Request, Result

Run = Callable[[Sequence[Request]], list[Result]]
"""What runs the programs of stacks: `preview_all`, or a process that is warm."""


@dataclass(frozen=True)
class Wanted:
    """The stacks to preview, and the base to compare them with."""

    project: projects.Project
    stacks: Sequence[str]
    base: str = ""
    """A revision of the repository, a saved manifest or a state; empty for none."""
    config: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    timeout: float = time_limit.DEFAULT
    """Seconds after which a program is ended."""
    cache: BaseCache | None = None
    """Where the manifests of other revisions are kept; `None`: each base runs."""
    today: datetime.date = field(default_factory=datetime.date.today)
    """The day by which acceptances expire."""

    def requests(self) -> list[Request]:
        """Returns the preview of each stack."""
        return [
            Request(self.project.root, stack, self.config, self.answers, self.timeout, early=True)
            for stack in self.stacks
        ]
