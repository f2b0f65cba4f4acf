"""How much each part of a comment matters."""

from enum import IntEnum

from groundplan.diff.changes import Kind


class Rank(IntEnum):
    """How much a piece matters; the last is omitted first."""

    TITLE = 0
    FAILURE = 1
    RISK = 2
    REMOVAL = 3
    """The line of a resource that is replaced or deleted."""
    ACCESS = 4
    COST = 5
    REMOVAL_DETAIL = 6
    FINDING = 7
    LINE = 8
    """The line of any other resource."""
    OUTPUT = 9
    BASIS = 10
    """The basis of the report: assumptions, unknown prices, invoke results."""
    CREATE_DETAIL = 11
    UPDATE_DETAIL = 12


OMITTED = {
    Rank.FAILURE: "parts of the failure",
    Rank.RISK: "risks",
    Rank.REMOVAL: "replaced or deleted resources",
    Rank.ACCESS: "rows of access",
    Rank.COST: "rows of costs",
    Rank.REMOVAL_DETAIL: "details of replaced or deleted resources",
    Rank.FINDING: "findings",
    Rank.LINE: "other resources",
    Rank.OUTPUT: "outputs",
    Rank.BASIS: "notes on the basis",
    Rank.CREATE_DETAIL: "details of new resources",
    Rank.UPDATE_DETAIL: "details of updates",
}
"""The names of the pieces in the notice of what was omitted."""

REMOVING = (Kind.REPLACE, Kind.DELETE)


def of_line(kind: Kind) -> Rank:
    """How much the line of a resource matters."""
    return Rank.REMOVAL if kind in REMOVING else Rank.LINE


def of_detail(kind: Kind) -> Rank:
    """How much the details of a resource matter."""
    return (
        Rank.REMOVAL_DETAIL
        if kind in REMOVING
        else Rank.CREATE_DETAIL
        if kind is Kind.CREATE
        else Rank.UPDATE_DETAIL
    )
