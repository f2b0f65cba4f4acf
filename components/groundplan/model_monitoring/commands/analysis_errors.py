"""Errors of the analysis as errors of a command."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from groundplan.problems import printable

FAILED = 1
"""Exit code of what could not be done; an alarm has its own."""


class Stopped(click.ClickException):
    """An error that the user can fix: printed without a stack trace."""

    exit_code = FAILED

    def show(self, _file: object = None) -> None:
        """Prints the message to standard error."""
        click.echo(f"groundplan: {printable(self.message)}", err=True)


EXPIRED = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "InvalidAccessKeyId")
"""Codes of AWS that mean that there are no valid credentials."""
UNSIGNED = frozenset(
    {
        "NoCredentialsError",
        "PartialCredentialsError",
        "ProfileNotFound",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    }
)
"""Errors of botocore that mean the same, by name."""


def _fix(error: Exception) -> str:
    """Returns the fix of an error of AWS, where it is known."""
    code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
    if code in EXPIRED or type(error).__name__ in UNSIGNED:
        return ". Fix: set AWS_PROFILE or sign in again (aws sso login)"
    if type(error).__name__ == "NoRegionError":
        return ". Fix: set AWS_REGION"
    return ""


@contextmanager
def as_messages() -> Iterator[None]:
    """Replaces errors of files, documents and AWS by messages."""
    try:
        import numpy as np  # noqa: F401 (whether it is there)
        import scipy  # type: ignore[import-untyped]  # noqa: F401
    except ImportError as error:
        raise Stopped(
            f"{error.name} is not installed. Fix: pip install 'groundplan[monitoring]'"
        ) from error
    from botocore.exceptions import (  # type: ignore[import-untyped]
        BotoCoreError,
        ClientError,
    )

    from groundplan.model_monitoring.analysis.documents import InvalidDocument

    try:
        yield
    except InvalidDocument as error:
        raise Stopped(str(error)) from error
    except OSError as error:
        raise Stopped(f"{error.filename or 'file'}: {error.strerror or error}") from error
    except (BotoCoreError, ClientError) as error:
        raise Stopped(f"AWS: {error}{_fix(error)}") from error
