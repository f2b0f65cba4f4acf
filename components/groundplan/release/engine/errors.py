"""The errors that end a release early, one per state that they leave."""


class ReleaseError(Exception):
    """Something that a person can mend. The message says what, and what to do."""


class Refused(ReleaseError):
    """What was asked for can't be done; nothing was changed."""


class Busy(ReleaseError):
    """Another release or update of the endpoint is under way; nothing was changed."""


class JustEnded(Busy):
    """Another release of the endpoint ended while this one was planned; nothing was
    changed."""


class Unfinished(ReleaseError):
    """The release was begun and is not over: its lock stays, and `groundplan release
    resume` goes on with it."""


class Unreadable(ReleaseError):
    """What the audit trail holds can't be read: it is broken, or another version of
    groundplan wrote it. Nothing was changed."""


class LockRemains(ReleaseError):
    """The release is over, and its lock can't be removed: no other release can
    begin."""
