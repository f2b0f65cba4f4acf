"""An accepted finding as a report judges it."""

import datetime
import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

URN = "urn:pulumi:"
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Subject(str, Enum):
    """What an acceptance is about."""

    RULE = "rule"
    RISK = "risk"


@dataclass(frozen=True)
class Acceptance:
    """A policy finding or a risk that is accepted until a date."""

    subject: Subject
    name: str
    """The name of the rule or the kind of the risk."""
    resource: str
    """A logical name, a URN, or a pattern."""
    is_pattern: bool
    reason: str
    owner: str
    expires: datetime.date
    """The last day on which it counts."""
    source: str = ""
    """Where it is written: `Pulumi.prod.yaml:12`, `infra/buckets.py:48`."""
    in_program: bool = False
    """Whether the program registers it, in place of the settings."""

    @classmethod
    def of_data(cls, data: Mapping[str, Any], *, in_program: bool = False) -> "Acceptance | None":
        """Returns the acceptance in an entry with the keys of `AcceptedFindingArgs` and
        its `source`; `None` where it isn't one."""
        subject = Subject.RULE if data.get("rule") else Subject.RISK
        expires = parsed_date(data.get("expires"))
        pattern = data.get("resource_pattern")
        place = pattern or data.get("resource")
        texts = (data.get(subject.value), place, data.get("reason"), data.get("owner"))
        if expires is None or not all(isinstance(text, str) and text for text in texts):
            return None
        name, resource, reason, owner = map(str, texts)
        source = str(data.get("source", ""))
        return cls(
            subject, name, resource, bool(pattern), reason, owner, expires, source, in_program
        )

    def covers(self, subject: Subject, name: str, urn: str, stack: str) -> bool:
        """Returns whether it is about a finding of a rule or a kind of risk, of a
        resource. A finding without a URN is of the whole stack."""
        if (self.subject, self.name) != (subject, name):
            return False
        logical = urn.split("::", 3)[-1] if urn else stack
        if self.is_pattern:
            return fnmatch.fnmatchcase(logical, _pattern(self.resource))
        return self.resource == (urn if self.resource.startswith(URN) else logical)

    def is_expired(self, today: datetime.date) -> bool:
        return today > self.expires

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies it against that of another revision."""
        return self.subject.value, self.name, self.resource, str(self.is_pattern)


def _pattern(text: str) -> str:
    """Returns the pattern without character classes: of its signs, only * and ? are
    special."""
    return text.replace("[", "[[]")


def parsed_date(text: object) -> datetime.date | None:
    """Returns the date in a text, as YYYY-MM-DD; `None` where it has none."""
    if not isinstance(text, str) or not DATE.fullmatch(text):
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None
