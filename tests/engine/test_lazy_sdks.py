"""Lazy provider SDKs in `pulumi up`: what is deployed is the same."""

import json
from collections.abc import Callable
from typing import Any

from groundplan.manifest.lazy_providers import VARIABLE
from real_engine import Engine


def test_what_is_deployed_with_lazy_sdks_is_what_is_deployed_without(
    engine: Callable[[str], Engine],
) -> None:
    local = engine("local")
    local.environment[VARIABLE] = "1"
    local.run("up", "--yes", "--skip-preview")
    lazy = deployed(local)
    local.environment[VARIABLE] = "0"
    local.run("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert deployed(local) == lazy
    assert len(lazy) > 20


def deployed(engine: Engine) -> dict[str, Any]:
    """The resources of the state, without times; the order of dependencies differs from
    run to run."""
    state = json.loads(engine.run("stack", "export"))["deployment"]["resources"]
    return {entry["urn"]: unordered(entry, ("created", "modified")) for entry in state}


def unordered(value: Any, left_out: tuple[str, ...] = ()) -> Any:
    if isinstance(value, dict):
        return {key: unordered(item) for key, item in value.items() if key not in left_out}
    return sorted(map(str, map(unordered, value))) if isinstance(value, list) else value
