"""The errors that end a release early, one per state that they leave."""


class ReleaseError(Exception):
    """Something that a person can mend. The message says what, and what to do."""


class Refused(ReleaseError):
    """What was asked for can't be done; nothing was changed."""


class Busy(ReleaseError):
    """Another release or update of the endpoint is under way; nothing was changed."""


class Unfinished(ReleaseError):
    """The release was begun and is not over: its lock stays, and `groundplan release
    resume` goes on with it."""
