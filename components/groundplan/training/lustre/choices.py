"""The closed choices of a Lustre file system. Settings read them too, so nothing here
knows Pulumi."""

from enum import Enum


class FileEvent(str, Enum):
    """A change that a link carries over, from the bucket to the file system or back."""

    NEW = "new"
    CHANGED = "changed"
    DELETED = "deleted"
