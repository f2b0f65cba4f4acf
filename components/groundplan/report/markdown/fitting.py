"""Text that fits a limit: what matters least is left out first, whole pieces at a time,
and counted."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """What is shown whole or not at all."""

    rank: int
    """How much it matters: 0 most."""
    text: str


@dataclass(frozen=True)
class Section:
    """Pieces in their order, and what stands around them if at least one is shown."""

    pieces: tuple[Piece, ...]
    before: str = ""
    after: str = ""

    def __len__(self) -> int:
        return len(self.before) + len(self.after) + sum(len(piece.text) for piece in self.pieces)


def fit(sections: Sequence[Section], limit: int, notice: Callable[[Mapping[int, int]], str]) -> str:
    """The sections in at most `limit` characters.

    Rank by rank: once a piece doesn't fit, nothing of the ranks after it is shown.
    `notice` says what was left out, from rank -> number of pieces; it gets no longer
    with smaller numbers.
    """
    sections = [section for section in sections if section.pieces]
    if sum(map(len, sections)) <= limit:
        return _joined(sections)
    every = Counter(piece.rank for section in sections for piece in section.pieces)
    room = limit - len(notice(every))
    if room < 0:
        return ""
    kept: list[list[Piece]] = [[] for _ in sections]
    for rank in sorted(every):
        for section, shown in zip(sections, kept, strict=True):
            for piece in section.pieces:
                if (
                    piece.rank == rank and room >= 0
                ):  # below: something was left out, so all that follows is
                    room -= len(piece.text) + (
                        0 if shown else len(section.before) + len(section.after)
                    )
                    if room >= 0:
                        shown.append(piece)
    chosen = []
    for section, shown in zip(sections, kept, strict=True):
        ids = {id(piece) for piece in shown}
        chosen.append(
            Section(tuple(p for p in section.pieces if id(p) in ids), section.before, section.after)
        )
    left = every - Counter(piece.rank for section in chosen for piece in section.pieces)
    return _joined(section for section in chosen if section.pieces) + notice(left)


def _joined(sections: Iterable[Section]) -> str:
    return "".join(
        section.before + "".join(piece.text for piece in section.pieces) + section.after
        for section in sections
    )


def shares(wanted: Sequence[int], limit: int) -> list[int]:
    """A fair part of `limit` for each: what it wants if that is little, else as much as
    every other that wants much."""
    given = [0] * len(wanted)
    left = limit
    order = sorted(range(len(wanted)), key=lambda place: (wanted[place], place))
    for taken, place in enumerate(order):
        given[place] = min(wanted[place], left // (len(wanted) - taken))
        left -= given[place]
    return given
