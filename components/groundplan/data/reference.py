"""References of dataset versions: `clicks@sha256:<digest>`, which never changes its
meaning, and `clicks:<tag>`, which does. Without boto3: settings are validated with it.
"""

import re
from dataclasses import dataclass

from groundplan.dataset_names import NAME as NAME


class DatasetError(Exception):
    """Something that a person can fix. The message says what, and how."""


class InvalidReference(DatasetError):
    """A text is no reference of a dataset version."""


TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
"""A tag's name: a file name that needs no quotes in a shell or a URL."""

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
PINNED = re.compile(rf"(?P<dataset>{NAME.pattern})@(?P<digest>{DIGEST.pattern})")
"""A reference by digest, also within a longer text."""

LATEST = "latest"
"""The tag that every commit moves."""

FORMS = "DATASET@sha256:<64 hexadecimal digits> or DATASET:TAG"


@dataclass(frozen=True)
class Reference:
    """A dataset version by its digest, or by a tag."""

    dataset: str
    digest: str = ""
    """`sha256:` and 64 hexadecimal digits; empty if a tag names the version."""
    tag: str = ""
    """Empty if the digest names the version."""

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Returns the reference that a text names; `clicks` is `clicks:latest`. Raises
        `InvalidReference`."""
        dataset, at, digest = text.partition("@")
        if not at:
            dataset, colon, tag = text.partition(":")
            if NAME.fullmatch(dataset) and TAG.fullmatch(tag if colon else LATEST):
                return cls(dataset, tag=tag if colon else LATEST)
        elif NAME.fullmatch(dataset) and DIGEST.fullmatch(digest):
            return cls(dataset, digest=digest)
        raise InvalidReference(f"{text!r} is no reference of a dataset version. Fix: write {FORMS}")

    def __str__(self) -> str:
        return f"{self.dataset}@{self.digest}" if self.digest else f"{self.dataset}:{self.tag}"


def dataset_name(text: str) -> str:
    """Returns a dataset's name. Raises `InvalidReference` if it is none."""
    if NAME.fullmatch(text):
        return text
    raise InvalidReference(
        f"{text!r} is no name of a dataset. Fix: lower-case letters, digits and hyphens, at "
        "most 50 characters"
    )


def tag_name(text: str) -> str:
    """Returns a tag's name. Raises `InvalidReference` if it is none."""
    if TAG.fullmatch(text):
        return text
    raise InvalidReference(
        f"{text!r} is no tag. Fix: letters, digits and ._-, beginning with a letter or a "
        "digit, at most 63 characters"
    )
