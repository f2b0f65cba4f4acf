"""Release targets, completed: what an endpoint exports, and where releases are recorded
and who has to approve them."""

from collections.abc import Mapping
from typing import Any

import pulumi

from groundplan.release.engine.errors import Refused
from groundplan.release.engine.target import Target


def completed(
    given: Mapping[str, Any], audit: Mapping[str, Any], second_person: bool
) -> dict[str, Any]:
    """Returns the targets as the runtime reads them. What one says of its audit and its
    approval itself is.

    Raises `pulumi.RunError` with what is wrong with the first that can't be read: else
    the first release would find out.
    """
    found = {}
    for name, target in given.items():
        found[name] = {
            "audit": dict(audit),
            "approval": {"required": second_person},
            **plain(target),
        }
        require(name, found[name])
    return found


def require(name: str, target: Mapping[str, Any]) -> None:
    """Raises `pulumi.RunError` with what is wrong with a target that releases can't
    read."""
    try:
        Target.read(name, target)
    except Refused as error:
        raise pulumi.RunError(str(error)) from None


def readable(
    name: str, target: pulumi.Input[Mapping[str, Any]]
) -> pulumi.Output[Mapping[str, Any]]:
    """Returns a target as the engine reads it, or fails the deployment: else the first
    run would."""

    def checked(known: Mapping[str, Any]) -> Mapping[str, Any]:
        found: dict[str, Any] = plain(known)
        require(name, found)
        return found

    return pulumi.Output.from_input(target).apply(checked)


def plain(given: Any) -> Any:
    """Without nulls, and with whole numbers whole: what passes the engine or another
    language comes as floats."""
    if isinstance(given, Mapping):
        return {key: plain(value) for key, value in given.items() if value is not None}
    if isinstance(given, list | tuple):
        return [plain(value) for value in given]
    return int(given) if isinstance(given, float) and given.is_integer() else given
