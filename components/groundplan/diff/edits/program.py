"""The edits of a program, and of any other text that it may read: the lines that
differ, with the statement that each is in."""

import ast
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from groundplan.diff.edits.edit import Edit, focused

MOST_LINES = 5_000
"""Lines of a file that are compared; the time grows with their square."""

BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


def program_edits(file: str, old: str, new: str) -> list[Edit] | None:
    """Returns the lines that differ between two texts, without blank lines and
    comments; `None` where there are too many lines to compare."""
    before, after = old.splitlines(), new.splitlines()
    if max(len(before), len(after)) > MOST_LINES:
        return None
    is_python = file.endswith(".py")
    statements = (_statements(old), _statements(new)) if is_python else ([], [])
    edits = []
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for kind, start, end, begin, stop in matcher.get_opcodes():
        if kind == "equal":
            continue
        for one, other in _pairs(range(start, end), range(begin, stop)):
            texts = focused(_text(before, one, is_python), _text(after, other, is_python))
            if any(texts):
                line = (other.start if other else one.start) + 1
                spans = (_around(statements[0], one), _around(statements[1], other))
                edits.append(Edit(file, line, "", *texts, spans[1], spans[0]))
    return edits


def _pairs(old: range, new: range) -> Iterator[tuple[range, range]]:
    """As many old lines as new ones: one by one; else all together."""
    if len(old) != len(new):
        yield old, new
        return
    for one, other in zip(old, new, strict=True):
        yield range(one, one + 1), range(other, other + 1)


def _text(lines: Sequence[str], at: range, is_python: bool) -> str:
    parts = [lines[number].strip() for number in at]
    return " ".join(p for p in parts if p and not (is_python and p.startswith("#")))


def _statements(text: str) -> list[range]:
    """Returns the lines of each statement, of a compound one those of its header, the
    innermost last."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.end_lineno:
            inner = [
                child.lineno
                for body in BODIES
                for child in getattr(node, body, ())
                if hasattr(child, "lineno")
            ]
            last = min(inner) - 1 if inner else node.end_lineno
            found.append(range(node.lineno, max(last, node.lineno) + 1))
    return found


def _around(statements: Sequence[range], lines: range) -> range:
    """Returns the lines of the statements that the lines (from 0) are in."""
    hit = [each for each in statements if any(number + 1 in each for number in lines)]
    hit += [range(number + 1, number + 2) for number in lines] if not hit else []
    return range(min(h.start for h in hit), max(h.stop for h in hit)) if hit else range(0)
