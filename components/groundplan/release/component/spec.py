"""The specification of a release runtime: its arguments, with every default."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from groundplan.arguments import with_defaults
from groundplan.lambda_functions import operation
from groundplan.release.component.args import ReleaseRuntimeArgs
from groundplan.storage.access import ArtifactAccessArgs


@dataclass(frozen=True)
class ReleaseRuntimeSpec(operation.FunctionOperation):
    """A release runtime, complete."""

    targets: Mapping[str, pulumi.Input[Mapping[str, Any]]]
    audit: ArtifactAccessArgs
    audit_prefix: str
    evaluation_prefixes: Sequence[str]
    require_second_approver: bool


def resolve(args: ReleaseRuntimeArgs) -> ReleaseRuntimeSpec:
    """Returns the specification of valid arguments."""
    filled: Mapping[str, Any] = with_defaults(ReleaseRuntimeArgs, args)
    return ReleaseRuntimeSpec(
        **operation.of(filled),
        targets=args["targets"],
        audit=args["audit"],
        audit_prefix=filled["audit_prefix"],
        evaluation_prefixes=filled["evaluation_prefixes"],
        require_second_approver=filled["require_second_approver"],
    )
