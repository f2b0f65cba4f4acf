"""Recorded requests: what is sent to a model, and what its answer must be like. Pure,
but for reading the files.

JSON lines; each line (broken here) is one request:

    {"name": "a typical customer", "body": {"tenure": 12},
     "content_type": "application/json",
     "expect": {"max_latency_ms": 500, "json": {"$.score": {"min": 0, "max": 1},
                                                "$.model": {"equals": "churn"}}}}
    {"name": "as the champion", "body": "12,0,1", "content_type": "text/csv",
     "expect": {"response": "0.731", "tolerance": 0.05}}
    {"name": "refuses nonsense", "body": "{", "expect": {"status": 400}}

Use synthetic data: the files, and what the endpoint captures, are retained.
"""

import base64
import binascii
import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws, s3_uris
from groundplan.problems import MISSING, Problem, report, under, unknown_key
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused

MOST = 100
"""Requests of one smoke test, which is no load test."""
BODY_LIMIT = 6_291_456
"""Bytes of a request (botocore, sagemaker-runtime service-2.json, `BodyBlob`)."""
FILES_LIMIT = 20_000_000
"""Bytes of all files."""
KEYS = ("name", "body", "body_base64", "content_type", "accept", "expect")
EXPECTATIONS = ("status", "max_latency_ms", "json", "response", "tolerance")
VALUE_RULES = ("exists", "equals", "min", "max", "tolerance")
PATH = re.compile(r"\$(\.[A-Za-z_][\w-]*|\[\d+\]|\['[^']+'\])*")
STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[(\d+)\]|\['([^']+)'\]")


@dataclass(frozen=True)
class Recorded:
    """One request, and what is expected of its answer."""

    name: str
    body: bytes
    content_type: str = "application/json"
    accept: str = ""
    status: int = 200
    max_latency_ms: float | None = None
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The expected values in a JSON response: `$.predictions[0].score` -> exists,
    equals, min, max, tolerance."""
    response: Any = None
    """The answer as it was recorded of the champion; None if there is none."""
    tolerance: float = 0.0
    """How much a number may differ from the recorded one: absolutely, or relative to
    it."""


@dataclass(frozen=True)
class Recording:
    """All requests of a smoke test."""

    requests: Sequence[Recorded]
    digest: str
    """SHA-256 of the files."""


def load(clients: Clients, uri: str) -> Recording:
    """Returns the requests of a file in S3, or of all `.jsonl` files of a folder.
    Raises `Refused` if they can't be used."""
    bucket, key = s3_uris.split(uri)
    try:
        keys = [key]
        if key.endswith("/") or not key:
            pages = clients.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
            keys = sorted(
                e["Key"]
                for page in pages
                for e in page.get("Contents", ())
                if e["Key"].endswith(".jsonl")
            )
        if not keys:
            raise Refused(f"There are no recorded requests in {uri}. Fix: put .jsonl files there")
        files = {
            f"s3://{bucket}/{name}": clients.s3.get_object(Bucket=bucket, Key=name)["Body"].read()
            for name in keys
        }
    except ClientError as error:
        if aws.is_missing(error) or aws.code(error) in ("AccessDenied", "403", "NoSuchBucket"):
            fix = "Fix: put them there, and allow s3:GetObject and s3:ListBucket"
            raise Refused(
                f"The recorded requests {uri} can't be read: {aws.words(error)}. {fix}"
            ) from None
        raise
    return parse(files)


def parse(files: Mapping[str, bytes]) -> Recording:
    """Returns the requests of files by name. Raises `Refused` with all that is wrong
    with them."""
    if sum(map(len, files.values())) > FILES_LIMIT:
        raise Refused(
            f"The recorded requests have more than {FILES_LIMIT} bytes. Fix: keep a few "
            "that cover most"
        )
    whole, found = hashlib.sha256(), list[Problem]()
    requests: list[Recorded | None] = []
    for name, content in sorted(files.items()):
        whole.update(hashlib.sha256(content).digest())
        for number, line in enumerate(content.decode("utf-8", errors="replace").splitlines(), 1):
            if line.strip():
                request, wrong = _line(line, f"request {len(requests) + 1}")
                found += under(f"{name.rpartition('/')[2]}:{number}", wrong)
                requests.append(request)
    if not 1 <= len(requests) <= MOST:
        found.append(
            Problem(
                "requests",
                len(requests),
                f"1 to {MOST}: it is no load test",
                "keep those that cover most",
            )
        )
    if found:
        raise Refused(report("The recorded requests can't be used", found))
    return Recording([request for request in requests if request], f"sha256:{whole.hexdigest()}")


def _line(line: str, name: str) -> tuple[Recorded | None, list[Problem]]:
    try:
        data = json.loads(line)
    except ValueError as error:
        return None, [Problem("", line, f"a JSON object on a line of its own ({error})")]
    if not isinstance(data, Mapping):
        return None, [Problem("", data, "a JSON object")]
    expect = data.get("expect", {})
    found = [unknown_key(key, data[key], KEYS) for key in data if key not in KEYS]
    found += [
        Problem(key, data[key], "text")
        for key in ("name", "content_type", "accept")
        if not _text(data.get(key, ""))
    ]
    body = _body(data, found)
    if not isinstance(expect, Mapping):
        return None, [*found, Problem("expect", expect, f"an object: {', '.join(EXPECTATIONS)}")]
    found += under("expect", _expectations(expect))
    if found:
        return None, found
    return (
        Recorded(
            str(data.get("name") or name),
            body,
            data.get("content_type", "application/json"),
            data.get("accept", ""),
            int(expect.get("status", 200)),
            expect.get("max_latency_ms"),
            expect.get("json", {}),
            expect.get("response"),
            expect.get("tolerance", 0.0),
        ),
        [],
    )


def _body(data: Mapping[str, Any], found: list[Problem]) -> bytes:
    if ("body" in data) == ("body_base64" in data):
        found.append(Problem("body", data.get("body", MISSING), "either body or body_base64"))
        return b""
    body = b""
    if "body" in data:
        given = data["body"]
        body = (given if isinstance(given, str) else json.dumps(given)).encode()
    else:
        try:
            body = base64.b64decode(str(data["body_base64"]), validate=True)
        except binascii.Error:
            found.append(Problem("body_base64", data["body_base64"], "bytes in base64"))
            return b""
    if not 0 < len(body) <= BODY_LIMIT:
        found.append(Problem("body", f"{len(body)} bytes", f"1 to {BODY_LIMIT} bytes"))
    return body


def _expectations(expect: Mapping[str, Any]) -> list[Problem]:
    found = [
        unknown_key(key, expect[key], EXPECTATIONS) for key in expect if key not in EXPECTATIONS
    ]
    status = expect.get("status", 200)
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        found.append(Problem("status", status, "a status of HTTP: 200 to 599"))
    elif status != 200 and expect.keys() & {"json", "response"}:
        found.append(
            Problem(
                "status",
                status,
                "200 beside json or response: SageMaker passes no other answer on whole",
            )
        )
    latency, tolerance = expect.get("max_latency_ms"), expect.get("tolerance")
    if latency is not None and not (_number(latency) and latency > 0):
        found.append(Problem("max_latency_ms", latency, "a number over 0 (milliseconds)"))
    if tolerance is not None and not (_number(tolerance) and tolerance >= 0):
        found.append(Problem("tolerance", tolerance, "a number from 0"))
    values = expect.get("json", {})
    if not isinstance(values, Mapping):
        return [*found, Problem("json", values, 'an object: {"$.score": {"min": 0}}')]
    for path, rules in values.items():
        if not PATH.fullmatch(path):
            found.append(
                Problem(
                    f"json.{path}", path, "a path such as $.predictions[0].score or $['a name']"
                )
            )
        if not isinstance(rules, Mapping) or not rules or rules.keys() - set(VALUE_RULES):
            found.append(
                Problem(f"json.{path}", rules, f"an object with some of {', '.join(VALUE_RULES)}")
            )
            continue
        wrong = [
            key for key in ("min", "max", "tolerance") if key in rules and not _number(rules[key])
        ]
        found += [Problem(f"json.{path}.{key}", rules[key], "a number") for key in wrong]
        if "exists" in rules and not isinstance(rules["exists"], bool):
            found.append(Problem(f"json.{path}.exists", rules["exists"], "true or false"))
    return found


def faults(
    request: Recorded, status: int, body: bytes, latency_ms: float, slowest_ms: float | None = None
) -> list[str]:
    """Returns what is wrong with an answer."""
    if status != request.status:
        return [f"status {status}, expected {request.status}"]
    found = []
    limits = [limit for limit in (request.max_latency_ms, slowest_ms) if limit is not None]
    if limits and latency_ms > min(limits):
        found.append(f"{latency_ms:.0f} ms, allowed {min(limits):g} ms")
    if status != 200:
        return found
    if request.values:
        try:
            data = json.loads(body)
        except ValueError:
            return [*found, f"the answer is not JSON: {_start(body)}"]
        for path, rules in request.values.items():
            found += _at(path, rules, data)
    if request.response is not None:
        found += _same(request.response, body, request.tolerance)
    return found


def _at(path: str, rules: Mapping[str, Any], data: Any) -> list[str]:
    there, value = _find(path, data)
    if not there or rules.get("exists") is False:
        wanted = rules.get("exists", True)
        return [] if there == wanted else [f"{path} {'is there' if there else 'is missing'}"]
    found = []
    if "equals" in rules and not close(rules["equals"], value, rules.get("tolerance", 0.0)):
        found.append(f"{path} is {_short(value)}, expected {_short(rules['equals'])}")
    if "min" in rules and not (_number(value) and value >= rules["min"]):
        found.append(f"{path} is {_short(value)}, expected at least {rules['min']}")
    if "max" in rules and not (_number(value) and value <= rules["max"]):
        found.append(f"{path} is {_short(value)}, expected at most {rules['max']}")
    return found


def _find(path: str, data: Any) -> tuple[bool, Any]:
    """Returns whether there is something at a path, and what."""
    for name, index, quoted in STEP.findall(path):
        if index and isinstance(data, list) and int(index) < len(data):
            data = data[int(index)]
        elif not index and isinstance(data, Mapping) and (name or quoted) in data:
            data = data[name or quoted]
        else:
            return False, None
    return True, data


def _same(recorded: Any, body: bytes, tolerance: float) -> list[str]:
    text = body.decode("utf-8", errors="replace")
    actual = _json(text)
    if isinstance(recorded, str) and recorded.strip() == text.strip():
        return []
    if isinstance(recorded, str) and not isinstance(actual, str):
        recorded = _json(recorded)  # JSON that was recorded as text
        actual = text if isinstance(recorded, str) else actual
    if isinstance(recorded, str) and isinstance(actual, str):
        recorded, actual = _cells(recorded), _cells(actual)
    return (
        []
        if close(recorded, actual, tolerance)
        else [f"answers {_short(actual)}, recorded was {_short(recorded)}"]
    )


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def close(wanted: Any, actual: Any, tolerance: float) -> bool:
    """Returns whether two values of JSON are the same, numbers within a tolerance."""
    if _number(wanted) and _number(actual):
        return math.isclose(wanted, actual, rel_tol=tolerance, abs_tol=tolerance)
    if isinstance(wanted, Mapping) and isinstance(actual, Mapping):
        return wanted.keys() == actual.keys() and all(
            close(wanted[key], actual[key], tolerance) for key in wanted
        )
    if isinstance(wanted, list) and isinstance(actual, list):
        return len(wanted) == len(actual) and all(
            close(w, a, tolerance) for w, a in zip(wanted, actual, strict=True)
        )
    return type(wanted) is type(actual) and bool(wanted == actual)


def _cells(text: str) -> list[list[Any]]:
    """Text as CSV: lines of cells, numbers as numbers."""

    def cell(value: str) -> Any:
        try:
            return float(value)
        except ValueError:
            return value.strip()

    return [[cell(value) for value in line.split(",")] for line in text.strip().splitlines()]


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: object) -> bool:
    return isinstance(value, str)


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _start(body: bytes) -> str:
    return _short(body[:80].decode("utf-8", errors="replace"))
