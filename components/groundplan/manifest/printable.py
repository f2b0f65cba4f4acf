"""Text that is safe on a terminal, for the packages that read manifests."""

from groundplan.problems import is_printable as is_printable
from groundplan.problems import one_line as one_line
from groundplan.problems import printable as printable
