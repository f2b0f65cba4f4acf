"""EventBridge: events, and the rules of the plan that they match.

Amazon EventBridge User Guide, "Creating Amazon EventBridge event patterns": a list is
any of its values, an object all of its fields, `$or` any of its patterns.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}


class UnknownPattern(Exception):
    """A pattern or a schedule has something that is not evaluated."""


@dataclass(frozen=True)
class Target:
    """What a rule sends events to."""

    arn: str
    role_arn: str = ""
    input: Any = None
    """What is sent in place of the event."""
    transformer: Mapping[str, Any] = field(default_factory=dict)
    retries: int = 0
    queue_arn: str = ""

    def payload(self, event: Mapping[str, Any]) -> Any:
        """What it is sent of an event."""
        if self.input is not None:
            return self.input
        if not self.transformer:
            return event
        text = str(self.transformer["inputTemplate"])
        for name, path in self.transformer["inputPaths"].items():
            value: Any = event
            for part in path.removeprefix("$.").split("."):
                value = value[part]
            text = text.replace(f"<{name}>", str(value))
        return text


@dataclass
class Rule:
    """One rule."""

    name: str
    arn: str
    pattern: Mapping[str, Any] | None
    targets: list[Target] = field(default_factory=list)
    matched: int = 0


@dataclass
class Bus:
    """The default bus."""

    deliver: Callable[[Rule, Target, Any], None]
    rules: list[Rule] = field(default_factory=list)
    sent: list[Mapping[str, Any]] = field(default_factory=list)

    def put(self, event: Mapping[str, Any]) -> None:
        """Sends an event to the targets of the rules that it matches."""
        self.sent.append(event)
        for rule in self.rules:
            if rule.pattern is not None and matched(rule.pattern, event):
                self.fire(rule, event)

    def fire(self, rule: Rule, event: Mapping[str, Any]) -> None:
        """Sends an event to a rule's targets."""
        rule.matched += 1
        for target in rule.targets:
            self.deliver(rule, target, target.payload(event))


def matched(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event matches a pattern."""
    for key, wanted in pattern.items():
        if key == "$or":
            if not any(matched(option, event) for option in wanted):
                return False
        elif isinstance(wanted, Mapping):
            found = event.get(key)
            if not isinstance(found, Mapping) or not matched(wanted, found):
                return False
        elif not any(_equal(option, event, key) for option in wanted):
            return False
    return True


def _equal(option: Any, event: Mapping[str, Any], key: str) -> bool:
    if isinstance(option, Mapping):
        if option.keys() == {"prefix"}:
            return str(event.get(key, "")).startswith(option["prefix"])
        if option.keys() == {"exists"}:
            return (key in event) is bool(option["exists"])
        raise UnknownPattern(f"The pattern {json.dumps(option)} is not evaluated")
    found = event.get(key)
    return option in found if isinstance(found, list) else bool(option == found)


def seconds(expression: str) -> int:
    """Returns the seconds of a rate."""
    match = RATE.fullmatch(expression)
    if match is None:
        raise UnknownPattern(f"The schedule {expression} is not evaluated")
    return int(match[1]) * SECONDS[match[2]]
