"""The manifest of the rehearsal's stack, as the program registers it."""

import pathlib
from functools import cache

from groundplan.manifest.model import Manifest
from groundplan.manifest.run import Request, preview

ROOT = pathlib.Path(__file__).parents[1]
STACK = "rehearsal"


class NotPreviewed(Exception):
    """The stack's program ends with an error."""


@cache
def manifest() -> Manifest:
    """Returns what `Pulumi.rehearsal.yaml` registers."""
    return previewed(STACK)


def previewed(stack: str, project: pathlib.Path = ROOT) -> Manifest:
    """Returns what a stack's program registers. Raises `NotPreviewed`."""
    result = preview(Request(project, stack))
    if result.manifest is None or result.failed:
        raise NotPreviewed(result.message)
    return result.manifest
