"""Names in the settings that other sections have to know, or must not have."""

from collections.abc import Collection, Iterator

from groundplan.problems import Problem, one_of


def unknown_name(key: str, name: str, known: Collection[str], plural: str) -> Iterator[Problem]:
    """Returns the problem of a name that is not in the other section, which has the
    `plural` that are known."""
    if known:
        yield from one_of(key, name, known)
    else:
        yield Problem(key, name, f"none: there are no {plural}", "remove it")


def taken_name(key: str, name: str, component: str, others: Collection[str]) -> Iterator[Problem]:
    """Returns the problem of a name whose component, `component`, has the name of
    another one."""
    if component in others:
        allowed = f"nothing beside another component named {component}"
        yield Problem(key, name, allowed, "rename that one")
