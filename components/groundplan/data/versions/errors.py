"""The errors of dataset versions: each is a sentence that says what is wrong and what
to do."""


class DatasetError(Exception):
    """Something that a person can fix. The message says what, and how."""


class InvalidReference(DatasetError):
    """A text is no reference of a dataset version."""


class NotCommitted(DatasetError):
    """No such version, or no such tag, was committed."""


class Conflict(DatasetError):
    """Another commit, tag or rollback came first. Nothing was published."""


class Damaged(DatasetError):
    """What is stored is not what was committed."""


class Refused(DatasetError):
    """What was asked for can't be done; nothing was changed."""
