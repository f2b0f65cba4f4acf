"""The symbols that a program has received in one run, and the values that contain them.

Text of the program that only looks like a symbol, such as the IAM policy variable
`${aws:username}`, is not one of them.
"""

import copy
from collections.abc import Iterator
from typing import Any

from pulumi import _types as sdk_types

from groundplan.manifest.symbol_names import SYMBOL, UNTIL, unknown_until
from groundplan.manifest.symbolic_text import SymbolicList, SymbolicText


class IssuedSymbols:
    """The symbols of one run."""

    def __init__(self) -> None:
        self._names: dict[str, tuple[str, ...]] = {}

    def issue(self, value: Any, name: str = "", arguments: Any = None) -> None:
        """Adds the symbols in a value, but those in `arguments`, which are the
        program's.

        `name` is the resource that they are outputs of. Without one, each names the
        function or the setting that it is the result of.
        """
        # `&{aws:username}` is `${aws:username}` in a policy.
        own = {
            match[0]
            for text in _strings(arguments)
            for match in SYMBOL.finditer(text.replace("&{", "${"))
        }
        for text in _strings(value):
            if "${" in text:
                for match in SYMBOL.finditer(text):
                    if match[0] not in own:
                        self._names.setdefault(match[0], _owners(match[1], name))

    def pieces(self, text: str) -> list[tuple[str, bool]]:
        """Returns the text in pieces, each with whether it is a symbol."""
        pieces, end = [], 0
        for match in SYMBOL.finditer(text):
            if match[0] in self._names:
                if match.start() > end:
                    pieces.append((text[end : match.start()], False))
                pieces.append((match[0], True))
                end = match.end()
        return [*pieces, (text[end:], False)] if end < len(text) else pieces

    def names(self, value: Any) -> tuple[str, ...]:
        """Returns the names that the symbols in a value belong to, each once."""
        found: dict[str, None] = {}
        for text in _strings(value):
            if "${" in text:
                for match in SYMBOL.finditer(text):
                    found.update(dict.fromkeys(self._names.get(match[0], ())))
        return tuple(found)

    def unknown(self, names: tuple[str, ...]) -> str:
        """Returns the symbol for a value that is unknown until `names` are."""
        text = unknown_until(*names) if names else "${" + UNTIL.split(" ", maxsplit=1)[0] + "}"
        self._names.setdefault(text, names)
        return text

    def marked(self, value: Any) -> Any:
        """Returns the value with text that can't be mistaken for the real value."""
        if isinstance(value, str):
            is_symbolic = "${" in value and any(symbol for _, symbol in self.pieces(value))
            return SymbolicText(value, self) if is_symbolic else value
        if isinstance(value, dict):
            marked = {key: self.marked(item) for key, item in value.items()}
            if type(value) is dict:
                return marked
            same = copy.copy(value)  # an output type of an SDK
            dict.update(same, marked)
            return same
        if type(value) in (list, tuple):
            return type(value)(self.marked(item) for item in value)
        if sdk_types.is_input_type(type(value)):
            same = copy.copy(value)
            vars(same).update({key: self.marked(item) for key, item in vars(value).items()})
            return same
        return value

    def unmarked(self, value: Any) -> Any:
        """Returns the value of a callback's result, as plain text."""
        if isinstance(value, SymbolicText):
            return str.__str__(value)[:]
        if isinstance(value, SymbolicList):
            return self.unknown(self.names(list.copy(value)))
        if type(value) is dict:
            return {self.unmarked(key): self.unmarked(item) for key, item in value.items()}
        if type(value) in (list, tuple):
            return type(value)(self.unmarked(item) for item in value)
        return value


def _owners(inner: str, name: str) -> tuple[str, ...]:
    if inner.startswith(UNTIL):
        return tuple(inner.removeprefix(UNTIL).split(", "))
    return (name or inner.split("(")[0],)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in list.__iter__(value) if isinstance(value, list) else value:
            yield from _strings(item)
    elif sdk_types.is_input_type(type(value)):
        yield from _strings(vars(value))
