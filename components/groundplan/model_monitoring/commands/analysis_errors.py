"""Errors of the analysis as errors of a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from groundplan.command_line.errors import CommandError


@contextmanager
def as_messages() -> Iterator[None]:
    """Replaces errors of files, documents and AWS by messages."""
    try:
        import numpy as np  # noqa: F401 (whether it is there)
        import scipy  # type: ignore[import-untyped]  # noqa: F401
    except ImportError as error:
        raise CommandError(
            f"{error.name} is not installed. Fix: pip install 'groundplan[monitoring]'"
        ) from error
    from botocore.exceptions import (  # type: ignore[import-untyped]
        BotoCoreError,
        ClientError,
    )

    from groundplan import aws
    from groundplan.model_monitoring.analysis.documents import InvalidDocument

    try:
        yield
    except InvalidDocument as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{error.filename or 'file'}: {error.strerror or error}") from error
    except (BotoCoreError, ClientError) as error:
        raise CommandError(aws.words(error)) from error
