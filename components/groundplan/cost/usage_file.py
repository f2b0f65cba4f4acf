"""The usage file of a stack: quantities that no program states, beside its settings.

`usage.<stack>.yaml`, with the keys of `Assumptions` in camelCase: for the whole stack,
and below `resources` for one resource by its name. `usage.<stack>.measured.yaml` has
the same form, and the month that `groundplan cost --learn` has it from: what a person
wrote wins. Reads plain data; nothing in either is looked up or executed.
"""

import datetime
import pathlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from groundplan.cost.assumptions import FIXED_COST, QUANTITIES, Assumptions, is_amount
from groundplan.manifest import yaml_text
from groundplan.problems import did_you_mean

LARGEST = 1_000_000
"""Bytes of a usage file; a list of every resource of a large stack has a tenth."""

RESOURCES = "resources"
MEASURED = "measured"
"""The key with the month of a measured file: `2026-10`."""


class UsageError(Exception):
    """The usage file is invalid; the message has each problem's key, what is allowed
    and the fix."""


@dataclass(frozen=True)
class Usage:
    """The quantities of a stack, and where they are from."""

    assumptions: Assumptions
    file: str = ""
    """`usage.dev.yaml`, and what else they are from; empty where there is none."""


class _Loader(yaml.SafeLoader):
    """Reads YAML, and refuses a key that is there twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value} is there twice", key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def load(folder: pathlib.Path, stack: str) -> Usage:
    """Returns the usage of a stack; the defaults where it has no usage file. Raises
    `UsageError` with every problem of the file."""
    written, measured = folder / f"usage.{stack}.yaml", measured_file(folder, stack)
    sources: list[str] = []
    data: dict[Any, Any] = {}
    if measured.is_file():
        data = dict(_valid(measured))
        month = data.pop(MEASURED, None)
        sources.append(f"measured usage of {_month(measured, month)} ({measured.name})")
    if written.is_file():
        data = _merged(data, _valid(written))
        sources.append(written.name)
    if not sources:
        return Usage(Assumptions())
    return Usage(Assumptions.from_data(_quantities(data)), ", ".join(sources))


def measured_file(folder: pathlib.Path, stack: str) -> pathlib.Path:
    """Returns the file that `groundplan cost --learn` writes for a stack."""
    return folder / f"usage.{stack}.measured.yaml"


def measured_text(
    month: datetime.date, quantities: Mapping[str, Mapping[str, float]], source: str
) -> str:
    """Returns the text of a measured file: resource -> quantity -> value."""
    data = {
        MEASURED: f"{month:%Y-%m}",
        RESOURCES: {
            name: {_camel(quantity): value for quantity, value in own.items()}
            for name, own in quantities.items()
        },
    }
    head = (
        f"# What was used in {month:%B %Y}, by {source}: `groundplan cost --learn` writes it.\n"
        "# What usage.<stack>.yaml says wins.\n"
    )
    return head + yaml.safe_dump(data, sort_keys=False)


def _month(path: pathlib.Path, text: object) -> str:
    try:
        return f"{datetime.date.fromisoformat(f'{text}-01'):%B %Y}"
    except ValueError:
        raise UsageError(
            f"{path.name}: {MEASURED} is {_kind(text)}. Allowed: a month in quotes, '2026-10'. "
            "Fix: run groundplan cost --learn again"
        ) from None


def _valid(path: pathlib.Path) -> Mapping[Any, Any]:
    """Returns the content of a usage file. Raises `UsageError` with every problem of
    it."""
    data = _read(path)
    is_measured = path.name.endswith(f".{MEASURED}.yaml")
    shown = {k: v for k, v in data.items() if not (is_measured and k == MEASURED)}
    problems = list(_problems(shown))
    if problems:
        found = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise UsageError(f"{path.name} has invalid usage: {found}.\n{lines}")
    return data


def _merged(measured: Mapping[Any, Any], written: Mapping[Any, Any]) -> dict[Any, Any]:
    """Both files' quantities. What a person wrote for the whole stack wins over what
    was measured for one resource, too."""
    general = {key for key in written if key != RESOURCES}
    resources: dict[str, dict[Any, Any]] = {
        str(name): {key: value for key, value in own.items() if key not in general}
        for name, own in (measured.get(RESOURCES) or {}).items()
    }
    for name, own in (written.get(RESOURCES) or {}).items():
        resources[str(name)] = {**resources.get(str(name), {}), **own}
    return {**measured, **written, RESOURCES: resources}


def _read(path: pathlib.Path) -> Mapping[Any, Any]:
    try:
        if path.stat().st_size > LARGEST:
            raise UsageError(
                f"{path.name} is larger than {LARGEST:,} bytes. Fix: list only what differs "
                "from the defaults"
            )
        text = path.read_text(encoding="utf-8")
        yaml_text.check_limits(text)
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 (safe)
    except OSError as error:
        raise UsageError(f"{path.name} can't be read: {error.strerror}") from None
    except yaml_text.LimitError as error:
        raise UsageError(f"{path.name}:{error.line} is no YAML: {error}") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{path.name}:{mark.line + 1}" if mark else path.name
        raise UsageError(f"{place} is no YAML: {' '.join(str(error).split())}") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{path.name} is no YAML: {reason}") from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise UsageError(
            f"{path.name} is {_kind(data)}. Allowed: keys with numbers. Fix: {EXAMPLE}"
        )
    return data


EXAMPLE = "write natGb: 500, for example"


def _problems(data: Mapping[Any, Any]) -> Iterator[str]:
    yield from _of_quantities({k: v for k, v in data.items() if k != RESOURCES}, "", QUANTITIES)
    resources = data.get(RESOURCES)
    if resources is None:
        return
    if not isinstance(resources, dict):
        yield (
            f"{RESOURCES} is {_kind(resources)}. Allowed: names of resources, each with keys "
            "and numbers. Fix: name a resource of the preview, such as data-bucket"
        )
        return
    for name, own in resources.items():
        key = f"{RESOURCES}.{name}"
        if isinstance(own, dict):
            yield from _of_quantities(own, f"{key}.", (*QUANTITIES, FIXED_COST))
        else:
            yield f"{key} is {_kind(own)}. Allowed: keys with numbers. Fix: {EXAMPLE}"


def _of_quantities(
    data: Mapping[Any, Any], path: str, quantities: tuple[str, ...]
) -> Iterator[str]:
    known = {_camel(name) for name in quantities}
    for key, value in data.items():
        if key not in known:
            fix = did_you_mean(str(key), sorted(known), str) or "remove it"
            yield f"{path}{key} is unknown. Allowed: {', '.join(sorted(known))}. Fix: {fix}"
        elif not is_amount(value):
            yield (
                f"{path}{key} is {_kind(value)}. Allowed: a number of at least 0. "
                f"Fix: {_number_fix(value)}"
            )


def _number_fix(value: Any) -> str:
    """Returns the fix of a value that is no amount: its number where it has one."""
    match = re.match(r"\d+(?:\.\d+)?", value.strip()) if isinstance(value, str) else None
    return f"write {match[0]}, without quotes and unit" if match else "write a number"


def _kind(value: Any) -> str:
    """A value in a few words; of a nested one only what it is."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _quantities(data: Mapping[Any, Any]) -> dict[str, Any]:
    own = data.get(RESOURCES) or {}
    return {
        **{_snake(key): value for key, value in data.items() if key != RESOURCES},
        RESOURCES: {
            str(name): {_snake(key): value for key, value in quantities.items()}
            for name, quantities in own.items()
        },
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _snake(key: str) -> str:
    return re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", key)
