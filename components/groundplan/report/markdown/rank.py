"""How much each part of a comment matters."""

from enum import IntEnum

from groundplan.diff.changes import Kind


class Rank(IntEnum):
    """How much a piece matters; the last is omitted first."""

    TITLE = 0
    FAILURE = 1
    CAUSE = 2
    """An edit, with the number of its changes."""
    RISK = 3
    REMOVAL = 4
    """The line of a resource that is replaced or deleted."""
    ACCESS = 5
    COST = 6
    REMOVAL_DETAIL = 7
    FINDING = 8
    LINE = 9
    """The line of any other resource."""
    OUTPUT = 10
    BASIS = 11
    """The basis of the report: assumptions, unknown prices, invoke results."""
    CREATE_DETAIL = 12
    UPDATE_DETAIL = 13


OMITTED = {
    Rank.FAILURE: "parts of the failure",
    Rank.CAUSE: "edits",
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
    """Returns how much the line of a resource matters."""
    return Rank.REMOVAL if kind in REMOVING else Rank.LINE


def of_detail(kind: Kind) -> Rank:
    """Returns how much the details of a resource matter."""
    return (
        Rank.REMOVAL_DETAIL
        if kind in REMOVING
        else Rank.CREATE_DETAIL
        if kind is Kind.CREATE
        else Rank.UPDATE_DETAIL
    )
