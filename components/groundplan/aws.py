"""Calls of AWS: how they are retried, and what their errors mean."""

from collections.abc import Mapping
from typing import Any

from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import (  # type: ignore[import-untyped]
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

CREDENTIALS = (
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
"""Errors of botocore that mean: there is nobody to act as."""

# Standard mode backs off with jitter, and knows which errors are worth another try
# (boto3 guide, "Retries"). SageMaker's control plane throttles per account: eight tries
# last up to a minute and a half.
CONTROL = Config(
    retries={"mode": "standard", "max_attempts": 8}, connect_timeout=5, read_timeout=60
)
TRANSIENT = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "OperationAborted",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""Codes after which the same call may succeed: botocore's lists (retries/standard.py),
and S3's and SageMaker's 5xx."""

EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
)
"""Codes that mean that the credentials are no good (any more)."""


def code(error: BaseException) -> str:
    """AWS's code of an error, empty if it has none."""
    return (
        str(error.response.get("Error", {}).get("Code", ""))
        if isinstance(error, ClientError)
        else ""
    )


def message(error: BaseException) -> str:
    """AWS's message of an error, or the error's own."""
    details: Mapping[str, Any] = (
        error.response.get("Error", {}) if isinstance(error, ClientError) else {}
    )
    return str(details.get("Message") or error)


def is_transient(error: BaseException) -> bool:
    """Returns whether nobody knows if the call took effect, or the same call may
    succeed later."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return code(error) in TRANSIENT | EXPIRED or status >= 500
    if isinstance(error, CREDENTIALS):
        return True  # they can run out in the middle, and come back
    return isinstance(error, BotoCoreError)


def is_missing(error: BaseException) -> bool:
    """Returns whether SageMaker or S3 says that there is no such thing. SageMaker has
    no code of its own for most of it."""
    if code(error) in (
        "ResourceNotFound",
        "ResourceNotFoundException",
        "NoSuchKey",
        "404",
        "NotFound",
    ):
        return True
    text = message(error).lower()
    return code(error) == "ValidationException" and (
        "could not find" in text or "does not exist" in text or "not found" in text
    )


def is_there_already(error: BaseException) -> bool:
    """Returns whether SageMaker refuses to create what exists ("Cannot create already
    existing model ...")."""
    return (
        code(error) == "ResourceInUse"
        or "already existing" in message(error)
        or "already exists" in message(error)
    )


def is_in_progress(error: BaseException) -> bool:
    """Returns whether SageMaker refuses an update because another is under way ("Cannot
    update in-progress endpoint ...")."""
    return code(error) in (
        "ConflictException",
        "ResourceInUse",
    ) or "in-progress endpoint" in message(error)


def is_precondition(error: BaseException) -> bool:
    """Returns whether S3 refuses a conditional request because its condition does not
    hold."""
    return code(error) in ("PreconditionFailed", "412")


def words(error: BaseException) -> str:
    """An error of AWS or botocore as one sentence for a person."""
    if isinstance(error, NoRegionError):
        return "No region is set. Fix: set AWS_REGION or name a target that has a region"
    if isinstance(error, CREDENTIALS) or code(error) in EXPIRED:
        return (
            f"No valid AWS credentials: {message(error)}. Fix: set AWS_PROFILE or sign in "
            "again (aws sso login)"
        )
    operation = getattr(error, "operation_name", "")
    return (
        f"{operation}: {code(error)}: {message(error)}"
        if code(error)
        else f"{type(error).__name__}: {message(error)}"
    )
