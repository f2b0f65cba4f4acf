"""The manifest of the stack with the service, as the program registers it."""

from functools import cache

from groundplan.manifest.model import Manifest

from rehearsal.stack import previewed

STACK = "rehearsal-cluster"


@cache
def manifest() -> Manifest:
    """Returns what `Pulumi.rehearsal-cluster.yaml` registers."""
    return previewed(STACK)
