"""Lambda: functions of the plan, by their own handlers, with their own variables, as
their own roles.

What a function prints and logs is its log group: metric filters read it, and lines of
the embedded metric format are metrics.
"""

import contextlib
import importlib
import io
import json
import logging
import os
import pathlib
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

TASK = "/var/task/"
"""Where Lambda unpacks the code (Lambda Developer Guide, LAMBDA_TASK_ROOT)."""
KEPT = "_KNOWN"
"""What a module keeps in an execution environment that lives on."""
_LAST: dict[str, str] = {}
"""Module of a handler -> ARN of the function that was called last."""
CONDITION = re.compile(r'\(?\$\.([\w.]+) = "([^"]*)"\)?')


class NoSuchHandler(Exception):
    """The handler of a function is not in its code."""


@dataclass
class Function:
    """One function."""

    name: str
    arn: str
    role_arn: str
    handler: str
    environment: Mapping[str, str]
    files: Mapping[str, str]
    """What is in its archive, beside the code."""
    code: frozenset[str]
    """The paths of its archive."""
    log_group: str
    retries: int = 2
    queue_arn: str = ""
    """Where events go that were given up."""
    calls: int = 0
    errors: list[str] = field(default_factory=list)

    def load(self) -> Callable[[Any, Any], Any]:
        """Returns its handler, which its archive has. As in a new execution
        environment, what the module keeps between calls is empty; a list of what it
        knows is, at the function's first call, and after another's of the same
        module."""
        module, _, name = self.handler.rpartition(".")
        if f"{module.replace('.', '/')}.py" not in self.code:
            raise NoSuchHandler(f"The archive of {self.name} has no {module}")
        loaded = importlib.import_module(module)
        is_new = self.calls <= 1 or _LAST.get(module) != self.arn
        _LAST[module] = self.arn
        for variable, value in vars(loaded).items():
            if variable == KEPT and is_new:
                value.clear()
            if hasattr(value, "cache_clear") and value.__module__ == module:
                value.cache_clear()
        return getattr(loaded, name)  # type: ignore[no-any-return]

    def unpack(self, folder: pathlib.Path) -> dict[str, str]:
        """Writes its files, and returns its variables with the folder in place of
        Lambda's."""
        place = folder / self.name
        place.mkdir(parents=True, exist_ok=True)
        for name, text in self.files.items():
            if not (place / name).exists():
                (place / name).write_text(text, encoding="utf-8")
        return {k: v.replace(TASK, f"{place}/") for k, v in self.environment.items()}


@dataclass(frozen=True)
class LogFilter:
    """A metric filter of a log group."""

    group: str
    pattern: str
    space: str
    name: str
    value: float

    def counts(self, line: Mapping[str, Any]) -> bool:
        """Whether a line of JSON matches: all conditions of `{ ... && ... }`."""
        return all(
            str(_at(line, path)) == wanted for path, wanted in CONDITION.findall(self.pattern)
        )


def _at(line: Any, path: str) -> Any:
    for part in path.split("."):
        line = line.get(part) if isinstance(line, Mapping) else None
    return line


class _Lines(logging.Handler):
    """Log records as Lambda's JSON format writes them (Lambda Developer Guide, "Using
    structured JSON log format with Python")."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = {
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        self.lines.append(line)


@contextlib.contextmanager
def logged(environment: Mapping[str, str]) -> Iterator[list[dict[str, Any]]]:
    """The time of a call: its environment is the process's, and what it writes is
    collected as lines of its log."""
    handler, printed = _Lines(), io.StringIO()
    logger = logging.getLogger("groundplan")
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    lines: list[dict[str, Any]] = []
    try:
        with mock.patch.dict(os.environ, environment), mock.patch.object(sys, "stdout", printed):
            yield lines
    finally:
        logger.removeHandler(handler)
        logger.level, logger.propagate = before
        lines += handler.lines
        for text in printed.getvalue().splitlines():
            with contextlib.suppress(ValueError):
                lines.append(json.loads(text))


def embedded(line: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, str], float]]:
    """Yields the metrics of a line in the embedded metric format."""
    for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
        for names in directive["Dimensions"]:
            dimensions = {name: str(line[name]) for name in names}
            for metric in directive["Metrics"]:
                name = metric["Name"]
                yield directive["Namespace"], name, dimensions, float(line[name])
