"""Documents of dataset versions, beside what reads and writes them."""

from groundplan.data.documents import canonical, digest

__all__ = ["canonical", "digest"]
