"""One edit: a setting with its old and its new value, or a line of a file."""

import re
from dataclasses import dataclass
from os.path import commonprefix

from groundplan.manifest.model import SECRET
from groundplan.secret_names import HARMLESS, PATTERNS, names_a_secret

LONGEST = 100
"""Characters of an old or a new text."""


@dataclass(frozen=True)
class Edit:
    """One edit of a file."""

    file: str
    """Relative to the project's folder."""
    line: int
    """The line now; of what is removed the line before."""
    setting: str = ""
    """The path of a setting: `shop:network.cidrBlock`; empty for a line of another
    file."""
    old: str = ""
    """The old value or line; empty for what is added."""
    new: str = ""
    """The new value or line; empty for what is removed."""
    statement: range = range(0)
    """The lines now of the statement that it is in; empty where there is none."""
    old_statement: range = range(0)
    """The lines before of that statement."""

    @property
    def place(self) -> str:
        """`Pulumi.dev.yaml:6`."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Edits:
    """The edits between a base and the working copy that may cause changes of a
    stack."""

    edits: tuple[Edit, ...] = ()
    complete: bool = False
    """Whether nothing else that a program may read has changed."""


NO_EDITS = Edits()

ASSIGNED = re.compile(r"""(\w+)(["']?\s*[=:]\s*)(["'])([^"']+)\3""")
"""A name and the text that is assigned to it: `password="..."`."""


def shortened(text: str) -> str:
    """A text on one line, without secrets, cut to a readable length."""
    flat = ASSIGNED.sub(_masked, " ".join(text.split()))
    for pattern in PATTERNS.values():
        flat = pattern.sub(SECRET, flat)
    return flat if len(flat) <= LONGEST else flat[: LONGEST - 1] + "…"


def focused(old: str, new: str) -> tuple[str, str]:
    """Two texts on one line each; of long ones the part in which they differ."""
    one, other = " ".join(old.split()), " ".join(new.split())
    if max(len(one), len(other)) > LONGEST and one and other:
        start = len(commonprefix([one, other]))  # noqa: RUF071 (of characters, not of paths)
        start = max(start - LONGEST // 3, 0)
        if start:
            start = one.rfind(" ", 0, start) + 1  # at the beginning of a word
            one, other = (f"…{text[start:]}" if start else text for text in (one, other))
    return shortened(one), shortened(other)


def _masked(match: "re.Match[str]") -> str:
    name, sign, quote, value = match.groups()
    is_secret = names_a_secret(name) and not HARMLESS.fullmatch(value)
    return f"{name}{sign}{quote}{SECRET if is_secret else value}{quote}"
