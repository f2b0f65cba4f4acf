"""The release target that a command is about, of a stack's exports."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from groundplan.command_line.errors import CommandError
from groundplan.command_line.stack_exports import TARGETS
from groundplan.problems import Problem, one_of

KUBERNETES = "kubernetes"
"""`release.cluster.target.KIND`, which boto3's modules need not be loaded for."""


def is_cluster(export: object) -> TypeGuard[Mapping[str, Any]]:
    """Returns whether a target is an endpoint on a cluster."""
    return isinstance(export, Mapping) and export.get("kind") == KUBERNETES


def target(found: Mapping[str, Any], name: str | None) -> tuple[str, Any]:
    """Name and export of a release target; the only one, if no name is given."""
    targets = found.get(TARGETS)
    if not isinstance(targets, Mapping) or not targets:
        raise CommandError(
            f"The stack exports no {TARGETS}: none of its endpoints is released by registry. "
            "Fix: set an endpoint's `release` to registry, and `pulumi up`"
        )
    if name is None:
        if len(targets) > 1:
            raise CommandError(
                f"The stack has {len(targets)} release targets. Fix: name one of "
                f"{', '.join(sorted(targets))}"
            )
        return next(iter(targets.items()))
    if name in targets:
        return name, targets[name]
    for known, export in targets.items():
        if isinstance(export, Mapping) and export.get("endpoint") == name:
            return known, export
    wrong = one_of("TARGET", name, sorted(targets)) or [
        Problem("TARGET", name, ", ".join(sorted(targets)))
    ]
    raise CommandError(f"There is no such endpoint in this stack. {wrong[0]}")
