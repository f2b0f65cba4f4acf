"""A component of an environment, with the arguments that all components share."""

from collections.abc import Mapping
from typing import Any

from description import Component, Reference
from groundplan.arguments import hints_of
from groundplan.definitions import definition
from settings import SHARED, Settings


def component(
    settings: Settings,
    type: str,
    name: str,
    args: Mapping[str, Any],
    *,
    key: str = "",
    provider: Reference | None = None,
    name_key: str | None = None,
    depends_on: tuple[str, ...] = (),
) -> Component:
    """Returns a component with the arguments that all components share."""
    shared = {k: settings[k] for k in SHARED if k in settings}  # type: ignore[literal-required]
    known = hints_of(definition(type).args)
    filled = {k: value for k, value in shared.items() if k in known}
    return Component(type, name, key or name, {**filled, **args}, provider, name_key, depends_on)


def runbooks(settings: Settings) -> dict[str, str]:
    """Returns the URL of the runbooks, if the environment's monitoring has one."""
    url = settings.get("monitoring", {}).get("runbooks_url")
    return {} if url is None else {"runbooks_url": url}


def notes(settings: Settings) -> dict[str, str]:
    """Returns what notifications of the environment say: the URL of the runbooks, and
    who answers for it."""
    owner = settings.get("monitoring", {}).get("owner")
    return {**runbooks(settings), **({} if owner is None else {"owner": owner})}
