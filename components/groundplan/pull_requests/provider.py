"""What the posting of comments needs of a platform."""

from dataclasses import dataclass
from typing import Protocol


class PostingError(Exception):
    """A comment can't be posted; the message says why, and the fix."""


@dataclass(frozen=True)
class Comment:
    """A comment that this identity has written."""

    id: str
    text: str


@dataclass(frozen=True)
class PullRequest:
    """A pull request that is open."""

    number: int
    head: str
    """The newest commit of its branch."""


class Provider(Protocol):
    """A platform with pull requests."""

    @property
    def noun(self) -> str:
        """`pull request`, `merge request`."""

    @property
    def limit(self) -> int:
        """Characters of a comment."""

    def pull_request(self) -> PullRequest | None:
        """Returns the pull request of the run; `None` where it is closed, or there is
        none."""

    def comments(self, number: int) -> list[Comment]:
        """Returns the comments of this identity, the oldest first."""

    def create(self, number: int, text: str) -> None:
        """Writes a new comment."""

    def update(self, number: int, comment: str, text: str) -> None:
        """Replaces the text of a comment."""

    def delete(self, number: int, comment: str) -> None:
        """Deletes a comment."""
