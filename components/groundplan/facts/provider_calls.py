"""The calls of AWS APIs by which the AWS provider previews, creates, refreshes, updates
and deletes a resource of a type, as recorded, or read in its source
(`provider-calls.csv`)."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from functools import cache

from groundplan.facts import iam_actions, table


class Phase(StrEnum):
    """What the engine asks the provider for."""

    PREVIEW = "preview"
    CREATE = "create"
    REFRESH = "refresh"
    UPDATE = "update"
    DELETE = "delete"


READING = (Phase.PREVIEW, Phase.REFRESH)
"""What a preview does, with the refresh before it."""


@cache
def recorded() -> Mapping[str, Mapping[Phase, tuple[str, ...]]]:
    """Type token -> the calls of each phase that is known."""
    types: dict[str, dict[Phase, tuple[str, ...]]] = {}
    for row in table.rows("provider-calls.csv"):
        of_type, phase = types.setdefault(row["type"], {}), Phase(row["phase"])
        of_type[phase] = (*of_type.get(phase, ()), *row["calls"].split())
    return types


def actions(token: str, phases: Collection[Phase] = tuple(Phase)) -> tuple[str, ...] | None:
    """The IAM actions that the calls of a type need; `None` if none are known."""
    of_type = recorded().get(token)
    if of_type is None:
        return None
    calls = {call for phase in phases for call in of_type.get(phase, ())}
    return tuple(sorted({action for call in calls for action in iam_actions.of(call)}))
