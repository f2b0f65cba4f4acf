"""Fits text to a limit: omits the least important pieces first, whole, and counts
them."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """Text that is shown whole or not at all."""

    rank: int
    """How much it matters: 0 most."""
    text: str


@dataclass(frozen=True)
class Section:
    """Pieces in their order, and the text around them if at least one is shown."""

    pieces: tuple[Piece, ...]
    before: str = ""
    after: str = ""

    def __len__(self) -> int:
        return len(self.before) + len(self.after) + sum(len(piece.text) for piece in self.pieces)


def fit(sections: Sequence[Section], limit: int, notice: Callable[[Mapping[int, int]], str]) -> str:
    """Returns the sections in at most `limit` characters.

    Rank by rank: once a piece doesn't fit, nothing of the ranks after it is shown.
    `notice` returns the text on what was omitted, from rank -> number of pieces; it is
    no longer with smaller numbers.
    """
    sections = [section for section in sections if section.pieces]
    if sum(map(len, sections)) <= limit:
        return _joined(sections)
    every = Counter(piece.rank for section in sections for piece in section.pieces)
    left = limit - len(notice(every))
    if left < 0:
        return ""
    fitting: list[list[Piece]] = [[] for _ in sections]
    for rank in sorted(every):
        for section, shown in zip(sections, fitting, strict=True):
            for piece in section.pieces:
                # A negative rest: a piece was omitted, so all that follow are.
                if piece.rank == rank and left >= 0:
                    left -= len(piece.text) + (
                        0 if shown else len(section.before) + len(section.after)
                    )
                    if left >= 0:
                        shown.append(piece)
    chosen = []
    for section, shown in zip(sections, fitting, strict=True):
        ids = {id(piece) for piece in shown}
        chosen.append(
            Section(tuple(p for p in section.pieces if id(p) in ids), section.before, section.after)
        )
    omitted = every - Counter(piece.rank for section in chosen for piece in section.pieces)
    return _joined(section for section in chosen if section.pieces) + notice(omitted)


def _joined(sections: Iterable[Section]) -> str:
    return "".join(
        section.before + "".join(piece.text for piece in section.pieces) + section.after
        for section in sections
    )


def shares(wanted: Sequence[int], limit: int) -> list[int]:
    """A fair share of `limit` for each: all that it wants if that is little, else as
    much as the others that want much."""
    granted = [0] * len(wanted)
    left = limit
    order = sorted(range(len(wanted)), key=lambda place: (wanted[place], place))
    for taken, place in enumerate(order):
        granted[place] = min(wanted[place], left // (len(wanted) - taken))
        left -= granted[place]
    return granted
