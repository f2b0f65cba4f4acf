"""Text that contains symbols, as a callback receives it.

Text can be built from it: `f"{arn}/*"`, `json.dumps`, `",".join`. A question about it
is answered where the known parts of the text decide it
(`"s3://${bucket}".startswith("s3")`). Otherwise a part of it (`arn.split(":")[5]`) is a
symbol, `${unknown until bucket}`, and a decision (`arn == "x"`, `len(arn)`, `for`, a
look-up in a dictionary) ends the callback.
"""

from collections.abc import Callable
from typing import Any, Protocol

from groundplan.manifest.symbolic_callback import give_up, running


class SymbolSource(Protocol):
    """What is known of the symbols in a text."""

    def pieces(self, text: str) -> list[tuple[str, bool]]: ...

    def names(self, value: Any) -> tuple[str, ...]: ...

    def unknown(self, names: tuple[str, ...]) -> str: ...


ATOMIC = (".bucket}", ".accountId}", ".region}")
"""The ends of symbols for values without separators: names of S3 buckets and regions
have letters, digits, dots and hyphens only, account IDs digits."""

SEPARATORS = frozenset("/:,;=| \t\n")


def plain_text(text: str) -> str:
    """An exact `str` of the same text."""
    return "".join((text,))


class SymbolicText(str):
    """A text with symbols."""

    _source: SymbolSource

    def __new__(cls, text: str, source: SymbolSource) -> "SymbolicText":
        self = super().__new__(cls, text)
        self._source = source
        return self

    # Building text.

    def __str__(self) -> str:
        return self

    def __format__(self, spec: str) -> str:
        if spec in ("", "s"):
            return self
        if running():
            give_up(f"the width of {plain_text(self)} isn't known")
        return plain_text(self).__format__(spec)

    def __add__(self, other: str) -> str:
        return self.like(str.__add__(self, other))

    def __radd__(self, other: str) -> str:
        return self.like(str.__add__(other, self))

    def __mod__(self, values: Any) -> str:
        return self.like(str.__mod__(plain_text(self), values))

    def __rmod__(self, template: str) -> str:
        return self.like(str.__mod__(template, plain_text(self)))

    def __bool__(self) -> bool:
        return True  # an output that is always set; an optional one has no symbol

    def __copy__(self) -> "SymbolicText":
        return self

    def __deepcopy__(self, memo: Any) -> "SymbolicText":
        return self

    def __reduce__(self) -> Any:
        return str, (plain_text(self),)

    def like(self, text: str) -> "SymbolicText":
        """Another text with symbols of the same program."""
        return SymbolicText(text, self._source)

    # What is known of it.

    def pieces(self) -> list[tuple[str, bool]]:
        """Returns the text in pieces, each with whether it is a symbol."""
        return self._source.pieces(plain_text(self))

    def head(self, argument: str = "") -> str:
        """Returns the known beginning."""
        return _known(self.pieces(), argument)

    def tail(self, argument: str = "") -> str:
        """Returns the known end."""
        reverse = [(text[::-1], symbol) for text, symbol in reversed(self.pieces())]
        return _known(reverse, argument, reverse=True)[::-1]

    def whole(self, argument: str) -> bool:
        """Returns whether all of the text is known as far as `argument` is
        concerned."""
        return all(not symbol or _is_atom(text, argument) for text, symbol in self.pieces())

    def unknown(self) -> "SymbolicText":
        """Returns the symbol for a part of the text that isn't known."""
        return self.like(self._source.unknown(self._source.names(plain_text(self))))

    def piecewise(self, change: Callable[[str], str], argument: str = "") -> "SymbolicText":
        """Returns the text with its known pieces changed; a symbol is unknown."""
        return self.like(
            "".join(
                (text if _is_atom(text, argument) else str.__str__(self.like(text).unknown()))
                if symbol
                else change(text)
                for text, symbol in self.pieces()
            )
        )


def _is_atom(symbol: str, argument: str) -> bool:
    return bool(SEPARATORS.intersection(argument)) and symbol.endswith(ATOMIC)


def _known(pieces: list[tuple[str, bool]], argument: str, reverse: bool = False) -> str:
    known = ""
    for text, symbol in pieces:
        if symbol and not _is_atom(text[::-1] if reverse else text, argument):
            break
        known += text
    return known


class SymbolicList(list[Any]):
    """The parts of a text with symbols: how many there are isn't known, only some at
    its two ends."""

    def __init__(self, front: list[Any], unknown: SymbolicText, back: list[Any]) -> None:
        super().__init__([*front, unknown, *back])
        self._front, self._unknown, self._back = front, unknown, back

    def __getitem__(self, index: Any) -> Any:
        if not running():
            return super().__getitem__(index)
        if isinstance(index, slice):
            return self._slice(index)
        if index < 0:
            return self._back[index] if -index <= len(self._back) else self._unknown
        return self._front[index] if index < len(self._front) else self._unknown

    def _slice(self, part: slice) -> Any:
        start, stop = part.start or 0, part.stop
        if part.step in (None, 1) and start >= 0:
            if stop is not None and 0 <= stop <= len(self._front):
                return self._front[start:stop]
            if start <= len(self._front) and (
                stop is None or (stop < 0 and -stop <= len(self._back))
            ):
                return SymbolicList(self._front[start:], self._unknown, self._back[:stop])
        return SymbolicList([], self._unknown, [])

    def __bool__(self) -> bool:
        return True
