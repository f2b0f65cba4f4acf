"""Defaults are declared once: the docstrings say what the tables say."""

import re
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any

import groundplan
import pytest
from groundplan import docstrings
from groundplan.arguments import defaults_of, hints_of, required_keys
from groundplan.definitions import definition


def argument_types() -> list[Any]:
    """Returns all argument types of all components, each once."""
    components = [
        name.removesuffix("Args")
        for name in groundplan.MODULES
        if name.endswith("Args") and name.removesuffix("Args") in groundplan.MODULES
    ]
    found: dict[Any, None] = {}
    for component in components:
        found |= dict.fromkeys(_types(definition(component).args))
    return list(found)


def _types(hint: Any) -> Iterator[Any]:
    if typing.is_typeddict(hint):
        yield hint
        for inner in hints_of(hint).values():
            yield from _types(inner)
    for inner in typing.get_args(hint):
        yield from _types(inner)


def shown(value: Any) -> str:
    """Returns a default as docstrings write it: as in YAML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(shown(item) for item in value) or "none"
    return "none" if value is None or value == {} else str(value)


def stated(text: str) -> str:
    """Returns what a docstring states as the default; empty if nothing."""
    found = re.search(r"Default: (.+)", text)
    return found[1].replace("`", "") if found else ""


TYPES = argument_types()


@pytest.mark.parametrize("spec", TYPES, ids=lambda spec: spec.__name__)
def test_every_default_in_a_table_is_what_the_docstring_states(spec: Any) -> None:
    docs = docstrings.of_fields(spec)
    wrong = [
        f"{spec.__name__}.{key} is {shown(value)}, its docstring says {stated(docs[key])!r}"
        for key, value in defaults_of(spec).items()
        if not re.match(rf"{re.escape(shown(value))}(?![\w.]*\w)", stated(docs[key]))
    ]
    assert wrong == []


@pytest.mark.parametrize("spec", TYPES, ids=lambda spec: spec.__name__)
def test_every_optional_argument_states_its_default(spec: Any) -> None:
    docs = docstrings.of_fields(spec)
    optional = sorted(hints_of(spec).keys() - required_keys(spec))
    assert [key for key in optional if not stated(docs.get(key, ""))] == []


@pytest.mark.parametrize("spec", TYPES, ids=lambda spec: spec.__name__)
def test_every_argument_has_a_docstring(spec: Any) -> None:
    docs = docstrings.of_fields(spec)
    assert [key for key in hints_of(spec) if not docs.get(key)] == []


@pytest.mark.parametrize("spec", TYPES, ids=lambda spec: spec.__name__)
def test_a_constant_default_is_in_the_table(spec: Any) -> None:
    """A docstring that states a number, or true or false, states it for the table."""
    docs, table = docstrings.of_fields(spec), defaults_of(spec)
    constant = re.compile(r"(true|false|\d[\d.]*)\.?$")
    wrong = [
        key
        for key in hints_of(spec)
        if constant.match(stated(docs.get(key, "")).split(". ")[0]) and key not in table
    ]
    assert wrong == []
