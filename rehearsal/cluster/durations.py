"""One factor for all durations of Prometheus and Alertmanager: rules, routes and
intervals are those of the plan, in less time.

Only durations change. In PromQL they are in brackets and after `offset`; there is none
in a string or a comment, and a threshold is a number (Prometheus documentation,
"Querying basics").
"""

import re
from collections.abc import Mapping
from typing import Any

KEYS = (
    "for",
    "keep_firing_for",
    "interval",
    "limit_interval",
    "scrape_interval",
    "scrape_timeout",
    "evaluation_interval",
    "resolve_timeout",
    "group_wait",
    "group_interval",
    "repeat_interval",
    "refresh_interval",
)
"""Keys whose values are durations."""
MILLISECONDS = {
    "ms": 1,
    "s": 1000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
    "y": 31_536_000_000,
}
DURATION = re.compile(r"(?:\d+(?:ms|[smhdwy]))+")
PART = re.compile(r"(\d+)(ms|[smhdwy])")
TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|\#[^\n]*)"""
    r"""|(?P<range>\[[^\]"'`#]*\])"""
    r"""|(?P<offset>\boffset\s+-?\s*)(?P<by>(?:\d+(?:ms|[smhdwy]))+)\b""",
    re.IGNORECASE,
)


def shortened(duration: str, factor: float) -> str:
    """Returns a duration divided by a factor, in whole milliseconds: at least one, but
    nothing of nothing."""
    if not DURATION.fullmatch(duration):
        raise ValueError(f"{duration} is no duration")
    whole = sum(int(number) * MILLISECONDS[unit] for number, unit in PART.findall(duration))
    return f"{max(round(whole / factor), 1 if whole else 0)}ms"


def query(expression: str, factor: float) -> str:
    """Returns a query whose ranges, steps and offsets are shorter."""

    def changed(match: "re.Match[str]") -> str:
        if match["text"] is not None:
            return match["text"]
        if match["range"] is not None:
            return DURATION.sub(lambda one: shortened(one[0], factor), match["range"])
        return match["offset"] + shortened(match["by"], factor)

    return TOKEN.sub(changed, expression)


def configuration(value: Any, factor: float) -> Any:
    """Returns a configuration or groups of rules whose durations are shorter."""
    if isinstance(value, Mapping):
        return {key: _entry(key, item, factor) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [configuration(item, factor) for item in value]
    return value


def _entry(key: str, value: Any, factor: float) -> Any:
    if key == "expr":
        return query(value, factor)
    if key in KEYS and isinstance(value, str):
        return shortened(value, factor)
    return configuration(value, factor)
