"""The methods of `str` and `list` on text with symbols: exact where the known parts
decide, else a symbol, else the end of the callback."""

import dis
import linecache
import re
import sys
from collections.abc import Callable
from itertools import islice
from types import FrameType
from typing import Any

from groundplan.manifest.symbolic_callback import give_up, running
from groundplan.manifest.symbolic_text import SymbolicList, SymbolicText

SEARCH = re.compile(r"\.(get|pop|isdisjoint|issubset|issuperset|intersection|difference)\s*\(")
"""Methods of sets and dictionaries that search them."""

DECIDING = (
    *("__len__", "__iter__", "__hash__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__"),
    *("count", "find", "index", "rfind", "rindex", "isalnum", "isalpha", "isascii", "isdecimal"),
    *("isdigit", "isidentifier", "islower", "isnumeric", "isprintable", "isspace", "istitle"),
    *("isupper", "startswith", "endswith", "__eq__", "__ne__"),
)
"""Methods whose result only the real text has."""

CHANGING = (
    *("capitalize", "title", "center", "ljust", "rjust", "zfill", "translate", "expandtabs"),
    *("format_map", "replace", "strip", "lstrip", "rstrip", "removeprefix", "removesuffix"),
    *("upper", "lower", "casefold", "swapcase", "__getitem__", "__mul__", "__rmul__"),
)
"""Methods that return another text."""

LIST_DECIDING = (
    *("__len__", "__iter__", "__contains__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__"),
    *("__ge__", "__reversed__", "__add__", "__mul__", "count", "index", "pop", "sort", "reverse"),
    *("insert", "remove", "append", "extend", "copy", "__delitem__", "__setitem__"),
)


def _undecided(self: Any, *_: Any, **__: Any) -> Any:
    text = "".join(map(str.__str__, list.copy(self) if isinstance(self, list) else [self]))
    give_up(f"a decision on {text}, which isn't known")


def _starts(self: SymbolicText, prefix: Any, *limits: int) -> bool:
    return _edge(self, prefix, limits, self.head, str.startswith)


def _ends(self: SymbolicText, suffix: Any, *limits: int) -> bool:
    return _edge(self, suffix, limits, self.tail, str.endswith)


def _edge(
    self: SymbolicText,
    edges: Any,
    limits: tuple[int, ...],
    known_part: Callable[[str], str],
    matches: Callable[[str, str], bool],
) -> bool:
    undecided = bool(limits)
    for edge in edges if isinstance(edges, tuple) else (edges,):
        known = known_part(edge)
        if len(known) >= len(edge) or self.whole(edge):
            if matches(known, edge):
                return True
        elif matches(edge, known):
            undecided = True
    return bool(_undecided(self)) if undecided else False


def _contains(self: SymbolicText, part: str) -> bool:
    if any(part in text for text, symbol in self.pieces() if not symbol):
        return True
    return False if self.whole(part) else bool(_undecided(self))


def _find(self: SymbolicText, part: str, *limits: int) -> int:
    if not limits and (part in self.head(part) or self.whole(part)):
        return self.head(part).find(part)
    return int(_undecided(self))


def _index(self: SymbolicText, part: str, *limits: int) -> int:
    found = _find(self, part, *limits)
    if found < 0:
        raise ValueError("substring not found")
    return found


def _equal(self: SymbolicText, other: Any) -> Any:
    if not isinstance(other, str):
        return NotImplemented
    if str.__eq__(self, other):
        return True
    other_text = self.like("".join((other,)))
    for mine, theirs, same in (
        (self.head(), other_text.head(), str.startswith),
        (self.tail(), other_text.tail(), str.endswith),
    ):
        shorter, longer = sorted((mine, theirs), key=len)
        if not same(longer, shorter):
            return False
    known = sum(len(text) for text, symbol in self.pieces() if not symbol)
    if other_text.whole("") and len(other) < known:
        return False
    return _undecided(self)


def _not_equal(self: SymbolicText, other: Any) -> Any:
    equal = _equal(self, other)
    return equal if equal is NotImplemented else not equal


def _whole(self: SymbolicText, *_: Any, **__: Any) -> SymbolicText:
    return self.unknown()


def _strip(method: Callable[..., str]) -> Callable[..., SymbolicText]:
    def strip(self: SymbolicText, characters: str | None = None) -> SymbolicText:
        stripped = self.like(method(self, characters))
        if characters is None:
            return stripped
        pieces = stripped.pieces()
        at_edge = (pieces and pieces[0][1] and method is not str.rstrip) or (
            pieces and pieces[-1][1] and method is not str.lstrip
        )
        return self.unknown() if at_edge and not self.whole(characters) else stripped

    return strip


def _replace(self: SymbolicText, old: str, new: str, count: int = -1) -> SymbolicText:
    if count >= 0 and not self.whole(old):
        return self.unknown()
    return self.piecewise(lambda text: text.replace(old, new, count), old)


def _without_prefix(self: SymbolicText, prefix: str) -> SymbolicText:
    return _without(self, prefix, self.head(prefix), str.startswith, str.removeprefix)


def _without_suffix(self: SymbolicText, suffix: str) -> SymbolicText:
    return _without(self, suffix, self.tail(suffix), str.endswith, str.removesuffix)


def _without(
    self: SymbolicText,
    edge: str,
    known: str,
    matches: Callable[[str, str], bool],
    remove: Callable[[str, str], str],
) -> SymbolicText:
    decided = len(known) >= len(edge) or self.whole(edge) or not matches(edge, known)
    return self.like(remove(self, edge)) if decided else self.unknown()


def _item(self: SymbolicText, index: Any) -> SymbolicText:
    if isinstance(index, slice) and index.step in (None, 1):
        stop = index.stop
        if stop is not None and 0 <= stop <= len(self.head()) and (index.start or 0) >= 0:
            return self.like(self.head()[index])
        start = index.start or 0
        if stop is None and 0 <= start <= len(self.head()):
            return self.like(str.__getitem__(self, index))
        if not start and stop is not None and 0 <= -stop <= len(self.tail()):
            return self.like(str.__getitem__(self, index))
    return self.unknown()


def _split(self: SymbolicText, sep: str | None = None, maxsplit: int = -1) -> Any:
    return _parts(self, sep, maxsplit, str.split, self.head)


def _split_right(self: SymbolicText, sep: str | None = None, maxsplit: int = -1) -> Any:
    return _parts(self, sep, maxsplit, str.rsplit, self.tail)


def _parts(
    self: SymbolicText,
    sep: str | None,
    maxsplit: int,
    split: Callable[..., list[str]],
    known_part: Callable[[str], str],
) -> Any:
    separator = sep or " "
    enough = 0 <= maxsplit <= known_part(separator).count(separator) and sep is not None
    if enough or self.whole(separator):
        return [_again(self, part) for part in split(self, sep, maxsplit)]
    if sep is None or maxsplit >= 0:
        return SymbolicList([], self.unknown(), [])
    front = [_again(self, part) for part in self.head(sep).split(sep)[:-1]]
    back = [_again(self, part) for part in self.tail(sep).split(sep)[1:]]
    return SymbolicList(front, self.unknown(), back)


def _lines(self: SymbolicText, *_: Any, **__: Any) -> Any:
    return SymbolicList([], self.unknown(), [])


def _partition(self: SymbolicText, sep: str) -> tuple[str, str, str]:
    decided = sep in self.head(sep) or self.whole(sep)
    return _three(self, str.partition(self, sep) if decided else None)


def _partition_right(self: SymbolicText, sep: str) -> tuple[str, str, str]:
    decided = sep in self.tail(sep) or self.whole(sep)
    return _three(self, str.rpartition(self, sep) if decided else None)


def _three(self: SymbolicText, parts: tuple[str, str, str] | None) -> tuple[str, str, str]:
    before, sep, after = parts or (self.unknown(),) * 3
    return _again(self, before), sep, _again(self, after)


def _again(self: SymbolicText, text: str) -> str:
    return self.like(text) if "${" in text else text


def _join(self: SymbolicText, items: Any) -> SymbolicText:
    return self.like(str.join(self, items))


def _hash(self: SymbolicText) -> int:
    """Sets and keys of dictionaries can be built of symbols, not searched by one."""
    if _is_search(sys._getframe(2)):
        _undecided(self)
    return str.__hash__(self)


def _is_search(frame: FrameType) -> bool:
    """Returns whether the operation that a frame is at searches a set or a
    dictionary."""
    code, at = frame.f_code, frame.f_lasti
    if dis.opname[code.co_code[at]] == "CONTAINS_OP":
        return True
    line, end_line, column, end = next(islice(code.co_positions(), at // 2, None))
    if line is None or end_line is None:
        return False
    text = "".join(linecache.getline(code.co_filename, n) for n in range(line, end_line + 1))
    return SEARCH.search(text[column:] if line < end_line else text[column:end]) is not None


def _number(self: SymbolicText) -> Any:
    if running():
        _undecided(self)
    raise ValueError(f"{str.__repr__(self)} is no number")


RULES: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(DECIDING, _undecided),
    **dict.fromkeys(CHANGING, _whole),
    "startswith": _starts,
    "endswith": _ends,
    "__contains__": _contains,
    "__hash__": _hash,
    "find": _find,
    "index": _index,
    "__eq__": _equal,
    "__ne__": _not_equal,
    "replace": _replace,
    "strip": _strip(str.strip),
    "lstrip": _strip(str.lstrip),
    "rstrip": _strip(str.rstrip),
    "removeprefix": _without_prefix,
    "removesuffix": _without_suffix,
    "upper": lambda self: self.piecewise(str.upper),
    "lower": lambda self: self.piecewise(str.lower),
    "casefold": lambda self: self.piecewise(str.casefold),
    "__getitem__": _item,
    "split": _split,
    "rsplit": _split_right,
    "splitlines": _lines,
    "partition": _partition,
    "rpartition": _partition_right,
    "join": _join,
}


def _method(base: Callable[..., Any], rule: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the method that follows `rule` in a callback on symbols, and elsewhere is
    that of `str`."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return rule(self, *args, **kwargs) if running() else base(self, *args, **kwargs)

    return method


def _install() -> None:
    for name, rule in RULES.items():
        setattr(SymbolicText, name, _method(getattr(str, name), rule))
    for name in LIST_DECIDING:
        setattr(SymbolicList, name, _method(getattr(list, name), _undecided))
    for name in ("__int__", "__float__", "__complex__"):
        setattr(SymbolicText, name, _number)


_install()
