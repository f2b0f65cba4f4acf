"""Escapes Markdown of unreviewed origin: it notifies nobody, refers to nothing,
loads nothing, leads nowhere, executes nothing, and hides nothing.

Every rule holds in any context, because a reader of Markdown and its forgers disagree
about where code begins: a zero-width space is inserted, which is invisible in prose and
in code alike. Sources: GitHub Flavored Markdown 0.29; GitHub Docs, `Autolinked
references and URLs`; GitLab Docs, `GitLab-specific references` and `GitLab quick
actions`; Azure DevOps, `Use Markdown in Azure DevOps`.
"""

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from groundplan.problems import printable

APART = "\u200b"
"""A zero-width space."""

MARKER = "<!-- groundplan-preview -->"
"""The first line of a comment that `groundplan preview --markdown` has written."""

TAGS = ("details", "summary", "code")
"""HTML elements of a preview's comment, without attributes."""
OTHER_TAG = re.compile(rf"<(?!/?(?:{'|'.join(TAGS)})>)(?=[A-Za-z/!?])")

FENCE = re.compile(
    r"^([ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t>]+)*)(`{3,}(?=[^`\n]*$)|~{3,})([^\n]*)$",
    re.MULTILINE,
)
PLAIN_FENCES = ("", "text", "diff")
"""Languages of fenced blocks; others are drawn as diagrams (`mermaid`), on GitLab by
another host (`plantuml`)."""

ENTITY = re.compile(r"&(?:#[xX][0-9a-fA-F]+|#[0-9]+|[A-Za-z][A-Za-z0-9]+);?")
LONGEST_ENTITY = 40
"""Characters. The longest name has 33; a number can have any count of leading zeros."""
PLAIN_CHARACTERS = frozenset("<>&\"'| " + APART)
"""ASCII characters that mean nothing in text, even next to others."""

MARKUP = frozenset("\\`*_{}[]()<>#+-.!|&~$\"'= ")
"""Characters that mean something in Markdown, and are entities where they don't."""
JOINING = frozenset("@#!$&~%[")
"""Signs that mean something with what follows: `~"label"`."""

# A backslash before a sign is not shown: `GH\-12`.
SPLIT = re.compile(
    r"""
      (?<=@)                    # @user, @org/team, a@b.example, @<identifier>
    | (?<=\#)(?=[^\s\#])        # #12, owner/repository#12
    | (?<=!)(?=\S)              # ![image](...), !12 on GitLab and Azure DevOps
    | (?<=[$&])(?=\d)           # $12, &12: snippets and epics on GitLab
    | (?<=[~%])(?=\\?[\w"])     # ~label, %milestone on GitLab
    | (?<=\bGH)(?=\\?-\d)       # GH-12
    | (?<=\bGL)(?=\\?-\d)       # GL-12
    | (?<=:)(?=\\?/\\?/)         # https://host
    | (?<=\bwww)(?=\\?\.)       # www.host
    | (?<=\])(?=[(:])           # [text](address), [name]: address
    | (?<=\[)(?=\\?\[|\w+\\?:)  # [[page]], [issue:12] on GitLab
    | ^(?=[ \t>]*/\w)           # /close: a quick action on GitLab
    | ^(?=[ \t>]*:::)           # ::: mermaid on Azure DevOps
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)


def inert(text: str) -> str:
    """Returns the text, which can do nothing but be read. The marker of its first line
    is left out."""
    lines = printable(re.sub(r"\r\n?", "\n", text))
    body = lines.removeprefix(MARKER).lstrip("\n")
    body = FENCE.sub(_fence, body)
    body = OTHER_TAG.sub(f"<{APART}", body)
    return "".join(_parts(body))


def _parts(text: str) -> Iterator[str]:
    """Yields the text between entities, split, and the entities: `#64` is a reference,
    and `&#64;` is a sign."""
    places = [found.start() for found in SPLIT.finditer(text)]
    last = 0
    for entity in ENTITY.finditer(text):
        yield from _split(text, last, entity.start(), places)
        yield _entity(entity)
        last = entity.end()
    yield from _split(text, last, len(text), places)


def _split(text: str, start: int, end: int, places: list[int]) -> Iterator[str]:
    """A part of the text, with a space at the places in it and at its ends."""
    inside = places[bisect_left(places, start) : bisect_right(places, end)]
    for place in inside:
        yield text[start:place] + APART
        start = place
    yield text[start:end]


def _fence(found: re.Match[str]) -> str:
    start, marks, language = found.groups()
    plain = language.strip() in PLAIN_FENCES
    return f"{start}{marks}{language.strip() if plain else 'text'}"


def _entity(found: re.Match[str]) -> str:
    """An entity apart from its neighbours, or as a visible code: it is decoded before
    mentions and addresses are looked for. Where it isn't decoded, `&#64;` refers to 64.
    """
    entity = found[0]
    if not entity.endswith(";") or len(entity) > LONGEST_ENTITY:
        # No entity in Markdown, but one in HTML.
        return f"&{APART}{entity[1:].replace('#', f'#{APART}')}"
    decoded = html.unescape(entity) or "\ufffd"  # no valid character
    if decoded == entity:
        return entity  # no character
    if decoded == APART:
        return APART
    if any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in decoded):
        return printable(decoded).replace("\n", "\\n").replace("\t", "\\t")
    shown = _numberless(entity, decoded)
    before = found.string[max(found.start() - 1, 0) : found.start()]
    after = found.string[found.end() : found.end() + 1]
    harmless = set(decoded) <= PLAIN_CHARACTERS or not decoded.isascii()
    if harmless and before not in JOINING and not (decoded == "&" and after.isdigit()):
        return shown
    return f"{APART}{shown}{APART}"


def _numberless(entity: str, decoded: str) -> str:
    """An entity without a decimal number, which nobody takes for a reference."""
    if not entity.startswith("&#"):
        return entity
    return f"&#x{ord(decoded[0]):x};" if decoded in MARKUP else decoded
