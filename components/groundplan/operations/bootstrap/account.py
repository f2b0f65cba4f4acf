"""All that an account needs for Pulumi's state."""

from collections.abc import Iterator
from typing import Any

from groundplan.operations.bootstrap import bucket, key
from groundplan.operations.bootstrap.plan import Part, Settings


def parts(s3: Any, kms: Any, settings: Settings) -> Iterator[Part]:
    """Yields the parts in the order in which they are applied. Each is read when it is
    yielded: after those before it were applied, or with none of them, for a dry run."""
    yield from key.parts(kms, settings)
    yield from bucket.parts(s3, kms, settings)
