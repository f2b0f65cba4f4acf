"""The parameters of routes."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Header, Path, Query

EndpointName = Annotated[
    str,
    Path(max_length=63, pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*$", description="An endpoint's name"),
]
DatasetName = Annotated[
    str, Path(max_length=50, pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", description="A dataset")
]
VersionNumber = Annotated[int, Path(ge=1, le=99_999_999, description="A version's number")]
ReleaseName = Annotated[
    str,
    Path(max_length=200, pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]*$", description="A release"),
]
RunName = Annotated[
    str, Path(max_length=200, pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]*$", description="A run")
]
Digest = Annotated[
    str,
    Path(pattern=r"^(sha256:)?[0-9a-f]{64}$", description="The SHA-256 of a version's manifest"),
]
Limit = Annotated[int, Query(ge=1, le=100, description="How many, the newest first")]
BeforeRelease = Annotated[
    str | None,
    Query(
        alias="before",
        max_length=200,
        pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]*$",
        description="A release: the list has what ended before it. Default: the newest.",
    ),
]
BeforeRun = Annotated[
    str | None,
    Query(
        alias="before",
        max_length=200,
        pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]*$",
        description="A run: the list has what began before it. Default: the newest.",
    ),
]
BeforeDigest = Annotated[
    str | None,
    Query(
        alias="before",
        pattern=r"^(sha256:)?[0-9a-f]{64}$",
        description="A version: the list has what was committed before it. Default: the newest.",
    ),
]
BelowVersion = Annotated[
    int | None,
    Query(
        alias="below",
        ge=1,
        le=99_999_999,
        description="A version's number: the list has those below it. Default: the newest.",
    ),
]
IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=128,
        pattern=r"^[!-+\--~]+$",
        description="Names the request: the same key again is the same request, which is carried "
        "out once. A new request needs a new one, such as a UUID.",
    ),
]

DEFAULT_LIMIT = 20
