"""What a version must show before it is released: limits per metric and slice, recorded
requests, the sign-off of a person.

Plain data, as the stack exports it in a release target's `gates`. The arguments of
`ModelEndpoint` are judged by the same rules, so nothing here knows AWS or Pulumi.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from groundplan.problems import MISSING, Problem, report, under, unknown_key
from groundplan.release.engine.errors import Refused

LIMITS = ("min", "max", "max_regression", "max_regression_percent")
PAYLOADS = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/\S+")
APPROVER = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}|\*):(role|user)/\S+")
SHORTEST, LONGEST = 10, 600
"""Seconds for all recorded requests: the Lambda function that sends them has 15 minutes
for the whole release."""


@dataclass(frozen=True)
class Limits:
    """What one metric must keep to."""

    min: float | None = None
    max: float | None = None
    max_regression: float | None = None
    """How much worse than the champion's it may be, in its own unit."""
    max_regression_percent: float | None = None
    """The same, in percent of the champion's."""
    min_count: int | None = None
    required: bool = True

    @property
    def compares(self) -> bool:
        """Whether the champion matters."""
        return self.max_regression is not None or self.max_regression_percent is not None

    def but(self, given: Mapping[str, Any]) -> "Limits":
        """These, with what a slice says of its own. Its way of measuring a regression
        takes the place of the other."""
        own = {key: value for key, value in given.items() if value is not None}
        base = self
        if own.keys() & {"max_regression", "max_regression_percent"}:
            base = replace(self, max_regression=None, max_regression_percent=None)
        return replace(base, **own)


@dataclass(frozen=True)
class MetricGate:
    """One metric, of all and of slices."""

    name: str
    limits: Limits
    higher_is_better: bool | None
    slices: Mapping[str, Limits]
    """By name or pattern: `country=DE`, `country=*`."""


@dataclass(frozen=True)
class SmokeSpec:
    """The recorded requests that a model must answer."""

    payloads: str
    """A file in S3 or, with a slash at the end, all `.jsonl` files below it."""
    max_latency_ms: float | None = None
    timeout_seconds: int = 120
    staging: bool = False
    """Whether they are sent to an endpoint of the candidate's own before the release,
    too."""


@dataclass(frozen=True)
class SignOff:
    """Whose word is needed."""

    required: bool = False
    approvers: tuple[str, ...] = ()
    """ARNs of roles or users, `*` for any characters. Empty: everyone who may approve
    versions."""


@dataclass(frozen=True)
class Gates:
    """All gates of an endpoint."""

    metrics: tuple[MetricGate, ...] = ()
    confidence: float | None = None
    smoke: SmokeSpec | None = None
    sign_off: SignOff = SignOff()

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Gates":
        """From plain data. Raises `Refused` with all that is wrong."""
        found = problems(data)
        if found:
            raise Refused(report("The gates of the release target can't be read", found))
        smoke, sign_off = data.get("smoke"), data.get("sign_off") or {}
        return cls(
            tuple(
                _metric(name, given) for name, given in sorted((data.get("metrics") or {}).items())
            ),
            data.get("confidence"),
            SmokeSpec(**_whole(smoke, "timeout_seconds")) if smoke else None,
            _signed(tuple(sign_off.get("approvers") or ()), sign_off.get("required")),
        )


def problems(data: Mapping[str, Any]) -> list[Problem]:
    """Returns what is wrong with gates, as plain data."""
    found = _keys(data, ("metrics", "confidence", "smoke", "sign_off"))
    confidence = data.get("confidence")
    if confidence is not None and not _between(confidence, 0.5, 0.9999):
        fix = "use 0.95, or leave it out to take each difference at its word"
        found.append(Problem("confidence", confidence, "a number from 0.5 to 0.9999", fix))
    for key, judge in (("metrics", _metrics), ("smoke", _smoke), ("sign_off", _sign_off)):
        value = data.get(key)
        if isinstance(value, Mapping):
            found += under(key, judge(value))
        elif value is not None:
            found.append(Problem(key, value, "a mapping"))
    return found


def _metrics(metrics: Mapping[str, Any]) -> list[Problem]:
    found = []
    for name, given in metrics.items():
        if not isinstance(given, Mapping):
            found.append(Problem(name, given, "a mapping: min, max, max_regression"))
            continue
        own = _limits(given, ("higher_is_better", "slices"))
        slices = given.get("slices")
        if isinstance(slices, Mapping):
            for part, limits in slices.items():
                judged = (
                    _limits(limits)
                    if isinstance(limits, Mapping)
                    else [Problem("", limits, "a mapping, {} for no more")]
                )
                own += under(f"slices.{part}", judged)
        elif slices is not None:
            own.append(
                Problem("slices", slices, "a mapping of limits by slice: country=DE, country=*")
            )
        said = [given, *(slices.values() if isinstance(slices, Mapping) else ())]
        if not any(
            limits.get(key) is not None
            for limits in said
            if isinstance(limits, Mapping)
            for key in LIMITS
        ):
            own.append(
                Problem(
                    "", MISSING, f"at least one of {', '.join(LIMITS)}", "say what it must keep to"
                )
            )
        found += under(name, own)
    return found


def _limits(given: Mapping[str, Any], more: tuple[str, ...] = ()) -> list[Problem]:
    found = _keys(given, (*(field.name for field in fields(Limits)), *more))
    for key in ("min", "max"):
        if given.get(key) is not None and not _between(given[key], -math.inf, math.inf):
            found.append(Problem(key, given[key], "a finite number"))
    low, high = given.get("min"), given.get("max")
    if not found and low is not None and high is not None and low > high:
        found.append(Problem("min", low, f"at most max, which is {high}"))
    for key in ("max_regression", "max_regression_percent"):
        if given.get(key) is not None and not _between(given[key], 0, math.inf):
            found.append(
                Problem(
                    key, given[key], "a number from 0", "0 lets it be no worse than the champion"
                )
            )
    if given.get("max_regression") is not None and given.get("max_regression_percent") is not None:
        percent = given["max_regression_percent"]
        found.append(
            Problem(
                "max_regression_percent",
                percent,
                "nothing beside max_regression",
                "remove one of them",
            )
        )
    count = given.get("min_count")
    if count is not None and (not _between(count, 1, math.inf) or count % 1):
        found.append(Problem("min_count", count, "a whole number from 1 (rows)"))
    return found + _flags(given, ("required", "higher_is_better"))


def _smoke(smoke: Mapping[str, Any]) -> list[Problem]:
    found = _keys(smoke, tuple(field.name for field in fields(SmokeSpec)))
    payloads = smoke.get("payloads", MISSING)
    if not isinstance(payloads, str) or not PAYLOADS.fullmatch(payloads):
        allowed = (
            "a file of recorded requests, s3://BUCKET/KEY.jsonl, or a folder of them, "
            "s3://BUCKET/FOLDER/"
        )
        found.append(Problem("payloads", payloads, allowed))
    latency = smoke.get("max_latency_ms")
    if latency is not None and not _between(
        latency, 1, 60_000
    ):  # SageMaker answers within 60 seconds (InvokeEndpoint)
        found.append(Problem("max_latency_ms", latency, "a number from 1 to 60000 (milliseconds)"))
    seconds = smoke.get("timeout_seconds")
    if seconds is not None and (not _between(seconds, SHORTEST, LONGEST) or seconds % 1):
        found.append(
            Problem(
                "timeout_seconds", seconds, f"a whole number from {SHORTEST} to {LONGEST} (seconds)"
            )
        )
    return found + _flags(smoke, ("staging",))


def _sign_off(sign_off: Mapping[str, Any]) -> list[Problem]:
    found = _keys(sign_off, ("required", "approvers")) + _flags(sign_off, ("required",))
    approvers = sign_off.get("approvers")
    if approvers is None:
        return found
    if not isinstance(approvers, list | tuple):
        return [*found, Problem("approvers", approvers, "a list of ARNs of roles or users")]
    for index, arn in enumerate(approvers):
        if not isinstance(arn, str) or not APPROVER.fullmatch(arn):
            allowed = (
                "the ARN of an IAM role or user, * for any characters: "
                "arn:aws:iam::123456789012:role/ml-approvers"
            )
            found.append(
                Problem(
                    f"approvers[{index}]",
                    arn,
                    allowed,
                    "give the role, not the session that it is taken on in",
                )
            )
    if approvers and sign_off.get("required") is False:
        found.append(
            Problem(
                "approvers",
                list(approvers),
                "nothing, unless required is true",
                "require the sign-off",
            )
        )
    return found


def _keys(given: Mapping[str, Any], known: tuple[str, ...]) -> list[Problem]:
    return [unknown_key(key, value, known) for key, value in given.items() if key not in known]


def _flags(given: Mapping[str, Any], keys: tuple[str, ...]) -> list[Problem]:
    wrong = [key for key in keys if given.get(key) is not None and not isinstance(given[key], bool)]
    return [Problem(key, given[key], "true or false") for key in wrong]


def _between(value: object, low: float, high: float) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and low <= value <= high  # type: ignore[arg-type,operator]


def _whole(given: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Without what isn't said, and with whole numbers whole: Pulumi exports 120 as
    120.0."""
    said = {key: value for key, value in given.items() if value is not None}
    return {key: int(value) if key in keys else value for key, value in said.items()}


def _metric(name: str, given: Mapping[str, Any]) -> MetricGate:
    plain = {
        key: value for key, value in given.items() if key not in ("higher_is_better", "slices")
    }
    limits = Limits().but(_whole(plain, "min_count"))
    slices = {
        part: limits.but(_whole(own, "min_count"))
        for part, own in (given.get("slices") or {}).items()
    }
    return MetricGate(name, limits, given.get("higher_is_better"), slices)


def _signed(approvers: tuple[str, ...], required: bool | None) -> SignOff:
    return SignOff(bool(approvers) if required is None else required, approvers)
