"""How much each part of a comment matters."""

from enum import IntEnum

from groundplan.diff.changes import Kind


class Rank(IntEnum):
    """How much a piece matters; the last is left out first."""

    TITLE = 0
    FAILURE = 1
    DANGER = 2
    GONE = 3
    """The line of a resource that is replaced or deleted."""
    ACCESS = 4
    COST = 5
    GONE_DETAIL = 6
    FINDING = 7
    LINE = 8
    """The line of any other resource."""
    OUTPUT = 9
    BASIS = 10
    """What an answer rests on: assumptions, prices that aren't known, stand-ins."""
    CREATE_DETAIL = 11
    UPDATE_DETAIL = 12


LEFT_OUT = {
    Rank.FAILURE: "parts of the failure",
    Rank.DANGER: "dangers",
    Rank.GONE: "replaced or deleted resources",
    Rank.ACCESS: "rows of access",
    Rank.COST: "rows of costs",
    Rank.GONE_DETAIL: "details of replaced or deleted resources",
    Rank.FINDING: "findings",
    Rank.LINE: "other resources",
    Rank.OUTPUT: "outputs",
    Rank.BASIS: "notes on what this rests on",
    Rank.CREATE_DETAIL: "details of new resources",
    Rank.UPDATE_DETAIL: "details of updates",
}
"""What the pieces are, as a comment that leaves some out says it."""

GOES = (Kind.REPLACE, Kind.DELETE)


def of_line(kind: Kind) -> Rank:
    """How much the line of a resource matters."""
    return Rank.GONE if kind in GOES else Rank.LINE


def of_detail(kind: Kind) -> Rank:
    """How much the details of a resource matter."""
    return (
        Rank.GONE_DETAIL
        if kind in GOES
        else Rank.CREATE_DETAIL
        if kind is Kind.CREATE
        else Rank.UPDATE_DETAIL
    )
