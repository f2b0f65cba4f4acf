"""The smoke test: recorded requests, sent to an endpoint that has just started to serve
a model.

A model that starts needs time: what the endpoint isn't ready for is asked again, and of
several answers the fastest counts for the latency. An error of the model itself is an
answer, and is not asked for again.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.release.engine import recorded
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.gate_spec import Gates, SmokeSpec
from groundplan.release.engine.recorded import Recorded, Recording

NOT_READY = frozenset(
    {
        "InternalDependencyException",
        "InternalFailure",
        "ModelNotReadyException",
        "ServiceUnavailable",
        *aws.TRANSIENT,
    }
)
"""Errors of the endpoint and not of the model (API reference, InvokeEndpoint)."""
THROTTLED = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException"})
"""The account's limits."""
LOADING = frozenset({502, 503, 504})
"""What a container's web server says while the model behind it isn't up."""
ATTEMPTS = 3
"""Answers of which the fastest counts, where one is too slow: the first ones warm the
model up."""
MARK = "groundplan-smoke"
"""The `InferenceId` of a request, which separates them in captured data from customers'
(Developer Guide, "Capture data")."""


@dataclass(frozen=True)
class Answered:
    """What came of one request."""

    name: str
    ok: bool
    latency_ms: float
    faults: list[str]


@dataclass(frozen=True)
class Outcome:
    """What came of a smoke test."""

    passed: bool
    requests: list[Answered]
    payloads: str
    digest: str
    """SHA-256 of the recorded requests."""
    endpoint: str = ""
    reason: str = ""
    """Why it failed, as one sentence."""

    def as_dict(self) -> dict[str, Any]:
        """As the audit record keeps it."""
        return asdict(self)


@dataclass(frozen=True)
class Watch:
    """How time passes."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def after_release(
    clients: Clients, endpoint: str, report: Mapping[str, Any], watch: Watch = Watch()
) -> Outcome:
    """Returns the smoke test of a release that is live, by its gate report: only the
    requests count that its gates were judged with.

    Never raises `Refused`: what can't be tested has not passed.
    """
    spec, digest = Gates.read(report["gates"]).smoke, str(report["smoke"]["digest"])
    assert spec is not None  # noqa: S101 (the report has `smoke`)
    try:
        recording = recorded.load(clients, spec.payloads)
    except Refused as error:
        return Outcome(False, [], spec.payloads, "", endpoint, str(error))
    if recording.digest != digest:
        reason = (
            f"the recorded requests {spec.payloads} are no longer those that the release began with"
        )
        return Outcome(False, [], spec.payloads, recording.digest, endpoint, reason)
    return run(clients, endpoint, spec, recording, watch)


def run(
    clients: Clients,
    endpoint: str,
    spec: SmokeSpec,
    recording: Recording,
    watch: Watch = Watch(),
) -> Outcome:
    """Send all requests, one after the other. Raises AWS's error where credentials or
    the account's limits are at fault."""
    end = watch.clock() + spec.timeout_seconds
    answers = [
        _ask(clients, endpoint, request, spec.max_latency_ms, end, watch)
        for request in recording.requests
    ]
    failed = [answer for answer in answers if not answer.ok]
    reason = ""
    if failed:
        faults_text = "; ".join(
            f"{answer.name}: {', '.join(answer.faults)}" for answer in failed[:3]
        )
        more = f"; and {len(failed) - 3} more" if len(failed) > 3 else ""
        reason = f"{len(failed)} of {len(answers)} recorded requests failed: {faults_text}{more}"
    return Outcome(not failed, answers, spec.payloads, recording.digest, endpoint, reason)


def _ask(
    clients: Clients,
    endpoint: str,
    request: Recorded,
    slowest_ms: float | None,
    end: float,
    watch: Watch,
) -> Answered:
    found, fastest, answers, wait = ["no time was left for it"], 0.0, 0, 1.0
    while (begun := watch.clock()) < end:
        try:
            status, body = _invoke(clients, endpoint, request)
        except (ClientError, BotoCoreError) as error:
            last = watch.clock() + wait >= end
            if (
                isinstance(error, aws.CREDENTIALS)
                or aws.code(error) in aws.EXPIRED
                or (last and aws.code(error) in THROTTLED)
            ):
                raise  # which says nothing of the model
            found = [aws.words(error)]
            answered = isinstance(error, ClientError) and not _is_loading(error)
            if answered or last:
                break
            watch.sleep(wait)
            wait = min(wait * 2, 15.0)
            continue
        taken = (watch.clock() - begun) * 1000
        answers += 1
        fastest = min(fastest, taken) if answers > 1 else taken
        found = recorded.faults(request, status, body, fastest, slowest_ms)
        if not _only_slow(found) or answers >= ATTEMPTS:
            break
    return Answered(request.name, not found, round(fastest, 1), found)


def _invoke(clients: Clients, endpoint: str, request: Recorded) -> tuple[int, bytes]:
    """Status and body. A status of the container's that isn't 200 comes as an error of
    SageMaker's."""
    accept = {"Accept": request.accept} if request.accept else {}
    try:
        answer = clients.invocations.invoke_endpoint(
            EndpointName=endpoint,
            Body=request.body,
            ContentType=request.content_type,
            InferenceId=MARK,
            **accept,
        )
    except ClientError as error:
        status = error.response.get("OriginalStatusCode")
        if aws.code(error) == "ModelError" and isinstance(status, int) and status == request.status:
            return status, b""
        raise
    return 200, answer["Body"].read()


def _is_loading(error: ClientError) -> bool:
    if aws.code(error) == "ModelError":
        return error.response.get("OriginalStatusCode") in LOADING
    return aws.code(error) in NOT_READY


def _only_slow(found: list[str]) -> bool:
    return len(found) == 1 and found[0].endswith(" ms")
