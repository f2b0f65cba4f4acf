"""The fixes of problems, written so that following one is unambiguous: `set a to 1 and
b to 2`, `remove c`. Keys are full paths below the component's arguments."""

from collections.abc import Iterable, Mapping


def change(values: Mapping[str, object], remove: Iterable[str] = ()) -> str:
    """Returns the fix that sets some arguments and removes others."""
    parts = [f"{key} to {value}" for key, value in values.items()]
    fixes = [f"set {_listed(parts)}"] if parts else []
    removed = list(remove)
    if removed:
        fixes.append(f"remove {_listed(removed)}")
    return " and ".join(fixes)


def either(*fixes: str) -> str:
    """Returns alternative fixes, without the empty ones."""
    return ", or ".join(fix for fix in fixes if fix)


def _listed(parts: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
