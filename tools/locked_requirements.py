"""Prints the lines of named packages from lock files, with their hashes.

    python tools/locked_requirements.py LOCK... -- PACKAGE...

An image then installs a part of what the project runs on, at its versions.
"""

import pathlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence

START = re.compile(r"^(?P<name>[a-z0-9-]+)==")


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yields the packages of a lock file, and their lines."""
    name, lines = "", list[str]()
    for line in text.splitlines():
        found = START.match(line)
        if found:
            if name:
                yield name, "\n".join(lines)
            name, lines = found["name"], []
        if name and not line.lstrip().startswith("#"):
            lines.append(line)
    if name:
        yield name, "\n".join(lines)


def locked(texts: Iterable[str], names: Sequence[str]) -> str:
    """Returns the lines of packages. Raises `KeyError` if one is not locked."""
    known: dict[str, str] = {}
    for text in texts:
        for name, lines in blocks(text):
            known.setdefault(name, lines)
    return "\n".join(known[name] for name in names) + "\n"


def main(arguments: list[str]) -> None:
    """Prints the lines."""
    at = arguments.index("--")
    texts = [pathlib.Path(path).read_text(encoding="utf-8") for path in arguments[:at]]
    sys.stdout.write(locked(texts, arguments[at + 1 :]))


if __name__ == "__main__":
    main(sys.argv[1:])
