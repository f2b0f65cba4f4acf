"""References of dataset versions, beside what reads them."""

from groundplan.data.reference import (
    DIGEST,
    FORMS,
    LATEST,
    NAME,
    PINNED,
    TAG,
    Reference,
    dataset_name,
    tag_name,
)

__all__ = [
    "DIGEST",
    "FORMS",
    "LATEST",
    "NAME",
    "PINNED",
    "TAG",
    "Reference",
    "dataset_name",
    "tag_name",
]
