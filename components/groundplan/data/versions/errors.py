"""The errors of dataset versions: each is a sentence that says what is wrong and what
to do."""

from groundplan.data.reference import DatasetError, InvalidReference

__all__ = [
    "Conflict",
    "Damaged",
    "DatasetError",
    "InvalidReference",
    "NotCommitted",
    "Refused",
]


class NotCommitted(DatasetError):
    """No such version, or no such tag, was committed."""


class Conflict(DatasetError):
    """Another commit, tag or rollback came first. Nothing was published."""


class Damaged(DatasetError):
    """What is stored is not what was committed."""


class Refused(DatasetError):
    """What was asked for can't be done; nothing was changed."""
