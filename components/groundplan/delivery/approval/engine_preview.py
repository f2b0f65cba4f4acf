"""What an update would do, by the engine's own preview (`pulumi preview --refresh
--json`): it has read the cloud, so that it undoes what differs there.

The offline manifest does not know what the cloud answers to a program's lookups, nor
what a provider makes of inputs: the engine's plan does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.delivery.approval.baseline import Values
from groundplan.delivery.approval.canonical import leaves, text
from groundplan.delivery.approval.masking import masked

NOTHING = ("same", "refresh", "read")
"""Operations of the engine that change nothing."""
MOST = 3
"""Properties of an operation that are named."""
AUTONAMED = "pulumi.com/autonamed"
"""The annotation of a Kubernetes object whose name the provider has chosen."""


def plan(preview: Mapping[str, Any]) -> Values:
    """What an update would do: URN -> its operations, the inputs after it, and what it
    changes them from, in the cloud. Names that a provider chooses at random are left
    out, as each preview has others, and so is what the program ignores, such as the
    size that an autoscaler has set."""
    found: dict[str, dict[str, Any]] = {}
    for step in preview.get("steps") or ():
        if step["op"] not in NOTHING:
            known = found.setdefault(step["urn"], {"operation": []})
            known["operation"].append(step["op"])
            after = step.get("newState") or {}
            # A creation ignores nothing.
            ignored = tuple(after.get("ignoreChanges") or ()) if step.get("oldState") else ()
            old, new = (_inputs(step.get(side), ignored) for side in ("oldState", "newState"))
            known |= {f"inputs.{path}": value for path, value in new.items()}
            changed = (
                path for path in old if path not in new or text(new[path]) != text(old[path])
            )
            known |= {f"before.{path}": old[path] for path in changed if after}
    return {
        urn: {**values, "operation": ", ".join(sorted(values["operation"]))}
        for urn, values in found.items()
    }


def words(values: Mapping[str, Any]) -> str:
    """An operation and what it changes: `update: size: 2 -> 3`."""
    paths = sorted(path.removeprefix("before.") for path in values if path.startswith("before."))
    changes = [
        f"{path}: {_masked(values, f'before.{path}')} -> {_masked(values, f'inputs.{path}')}"
        for path in paths[:MOST]
    ]
    more = [f"and {len(paths) - MOST} more"] if len(paths) > MOST else []
    return ": ".join([str(values.get("operation")), *filter(None, ["; ".join([*changes, *more])])])


def _masked(values: Mapping[str, Any], path: str) -> str:
    return masked(path, values[path]) if path in values else "absent"


def _inputs(state: Mapping[str, Any] | None, ignored: Sequence[str]) -> dict[str, Any]:
    found = leaves(_named((state or {}).get("inputs") or {})) if state else {}
    below = tuple(f"{path}{mark}" for path in ignored for mark in ".[")
    return {
        path: value
        for path, value in found.items()
        if path not in ignored and not path.startswith(below)
    }


def _named(value: Any) -> Any:
    """Inputs without the provider's defaults, which it lists, and without the names of
    Kubernetes objects that it has chosen."""
    if isinstance(value, Mapping):
        left_out = {"__defaults", *(value.get("__defaults") or ())}
        if AUTONAMED in (value.get("annotations") or {}):
            left_out.add("name")
        return {key: _named(item) for key, item in value.items() if key not in left_out}
    return [_named(item) for item in value] if isinstance(value, list) else value
