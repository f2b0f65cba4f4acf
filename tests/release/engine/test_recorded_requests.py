"""Recorded requests, and validation of answers."""

import json
from typing import Any

import pytest
from groundplan.release.engine import recorded
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.recorded import MOST, Recorded, faults, parse
from groundplan.release.engine.releases import Releases


def lines(*requests: Any) -> dict[str, bytes]:
    return {
        "s3://artifacts/smoke/churn.jsonl": "\n".join(
            json.dumps(request) for request in requests
        ).encode()
    }


def test_requests_are_read_with_their_defaults() -> None:
    result = parse(
        lines(
            {"body": {"tenure": 12}},
            {"name": "csv", "body": "1,2", "content_type": "text/csv", "accept": "text/csv"},
            {"body_base64": "AAE=", "expect": {"status": 400, "max_latency_ms": 50}},
            {
                "body": "x",
                "expect": {"response": [1], "tolerance": 0.1, "json": {"$[0]": {"min": 0}}},
            },
        )
    ).requests
    assert list(result) == [
        Recorded("request 1", b'{"tenure": 12}'),
        Recorded("csv", b"1,2", "text/csv", "text/csv"),
        Recorded("request 3", b"\0\1", status=400, max_latency_ms=50),
        Recorded("request 4", b"x", values={"$[0]": {"min": 0}}, response=[1], tolerance=0.1),
    ]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ([], "churn.jsonl:1 is []. Allowed: a JSON object"),
        ({}, "churn.jsonl:1.body is missing. Allowed: either body or body_base64"),
        ({"body": "x", "body_base64": "AA=="}, 'churn.jsonl:1.body is "x"'),
        ({"body": ""}, 'churn.jsonl:1.body is "0 bytes"'),
        ({"body_base64": "?"}, 'churn.jsonl:1.body_base64 is "?"'),
        ({"body": "x", "type": "text/csv"}, "churn.jsonl:1.type"),
        ({"body": "x", "accept": 1}, "churn.jsonl:1.accept is 1"),
        ({"body": "x", "expect": []}, "churn.jsonl:1.expect is []"),
        ({"body": "x", "expect": {"latency": 1}}, "churn.jsonl:1.expect.latency is 1"),
        ({"body": "x", "expect": {"status": "200"}}, 'churn.jsonl:1.expect.status is "200"'),
        (
            {"body": "x", "expect": {"status": 400, "response": ""}},
            "Allowed: 200 beside json or response",
        ),
        (
            {"body": "x", "expect": {"max_latency_ms": 0}},
            "churn.jsonl:1.expect.max_latency_ms is 0",
        ),
        ({"body": "x", "expect": {"tolerance": -1}}, "churn.jsonl:1.expect.tolerance is -1"),
        ({"body": "x", "expect": {"json": []}}, "churn.jsonl:1.expect.json is []"),
        (
            {"body": "x", "expect": {"json": {"score": {"min": 0}}}},
            "Allowed: a path such as $.predictions[0].score",
        ),
        (
            {"body": "x", "expect": {"json": {"$.score": {}}}},
            "Allowed: an object with some of exists, equals",
        ),
        (
            {"body": "x", "expect": {"json": {"$.score": {"min": "0"}}}},
            'expect.json.$.score.min is "0". Allowed: a number',
        ),
        (
            {"body": "x", "expect": {"json": {"$.score": {"exists": 1}}}},
            "expect.json.$.score.exists is 1",
        ),
    ],
)
def test_invalid_request_is_reported_with_its_line(request_: Any, message: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(lines(request_))
    assert message in str(refused.value)


def test_all_errors_are_reported_at_once() -> None:
    with pytest.raises(Refused, match=r"2 problems(.|\n)*jsonl:1.body(.|\n)*jsonl:3 is"):
        parse({"a.jsonl": b'{}\n\n{"body"\n'})


@pytest.mark.parametrize("count", [0, MOST + 1])
def test_there_are_some_requests_and_not_too_many(count: int) -> None:
    with pytest.raises(Refused, match=f"requests is {count}. Allowed: 1 to 100"):
        parse(lines(*[{"body": "x"}] * count))


# Answers.

ANSWER = b'{"score": 0.5, "model": "churn", "top": [{"a b": 1}], "none": null}'


@pytest.mark.parametrize(
    ("path", "rules", "fault"),
    [
        ("$.score", {"exists": True}, None),
        ("$.none", {"exists": True}, None),
        ("$.gone", {"exists": True}, "$.gone is missing"),
        ("$.gone", {"min": 0}, "$.gone is missing"),
        ("$.gone", {"exists": False}, None),
        ("$.score", {"exists": False}, "$.score is there"),
        ("$.score", {"min": 0, "max": 1}, None),
        ("$.score", {"min": 0.6}, "$.score is 0.5, expected at least 0.6"),
        ("$.score", {"max": 0.4}, "$.score is 0.5, expected at most 0.4"),
        ("$.model", {"max": 1}, '$.model is "churn", expected at most 1'),
        ("$.model", {"equals": "churn"}, None),
        ("$.model", {"equals": "fraud"}, '$.model is "churn", expected "fraud"'),
        ("$.score", {"equals": 0.52}, "$.score is 0.5, expected 0.52"),
        ("$.score", {"equals": 0.52, "tolerance": 0.03}, None),
        ("$.top[0]['a b']", {"equals": 1}, None),
        ("$.top[1]", {"exists": True}, "$.top[1] is missing"),
        ("$.score[0]", {"exists": True}, "$.score[0] is missing"),
        ("$", {"exists": True}, None),
    ],
)
def test_values_of_an_answer(path: str, rules: dict[str, Any], fault: str | None) -> None:
    result = faults(Recorded("x", b"x", values={path: rules}), 200, ANSWER, 1.0)
    assert result == ([] if fault is None else [fault])


def test_an_answer_that_should_be_json_and_is_not() -> None:
    assert faults(Recorded("x", b"x", values={"$.a": {"min": 0}}), 200, b"<html>", 1.0) == [
        'the answer is not JSON: "<html>"'
    ]


@pytest.mark.parametrize(
    ("response", "answer", "tolerance", "ok"),
    [
        ({"score": 0.5}, b'{"score": 0.5}', 0, True),
        ({"score": 0.5}, b'{"score": 0.51}', 0, False),
        ({"score": 0.5}, b'{"score": 0.51}', 0.05, True),
        ({"score": [1, 2]}, b'{"score": [1, 2, 3]}', 1, False),
        ({"score": 1}, b'{"score": 1, "more": 2}', 1, False),
        ({"label": True}, b'{"label": 1}', 1, False),
        ("0.73,yes\n", b"0.74,yes", 0.05, True),
        ("0.73,yes\n", b"0.74,no", 0.05, False),
        ("0.73", b"0.9", 0.05, False),
        ("0.73", b"0.74", 0.05, True),
        ('{"score": 0.5}', b'{"score": 0.5}', 0, True),  # recorded as text
        ("plain", b'{"score": 0.5}', 0, False),
        ('"text"', b'"text"', 0, True),
    ],
)
def test_an_answer_beside_the_recorded_one(
    response: Any, answer: bytes, tolerance: float, ok: bool
) -> None:
    result = faults(Recorded("x", b"x", response=response, tolerance=tolerance), 200, answer, 1.0)
    assert (not result) is ok
    assert ok or "recorded was" in result[0]


@pytest.mark.parametrize(
    ("own", "of_all", "allowed"),
    [(100, None, "100"), (None, 90, "90"), (100, 90, "90"), (80, 90, "80")],
)
def test_an_answer_takes_no_longer_than_the_stricter_limit(
    own: float | None, of_all: float | None, allowed: str
) -> None:
    request = Recorded("x", b"x", max_latency_ms=own)
    assert faults(request, 200, b"", float(allowed), of_all) == []
    assert faults(request, 200, b"", 120.0, of_all) == [f"120 ms, allowed {allowed} ms"]


def test_unexpected_status_is_the_only_fault() -> None:
    assert faults(Recorded("x", b"x", status=400, max_latency_ms=1), 200, b"", 5.0) == [
        "status 200, expected 400"
    ]


# Files.


def put(cloud: Any, key: str, body: bytes) -> None:
    cloud.client("s3").put_object(Bucket="artifacts", Key=key, Body=body)


def test_files_of_a_folder_are_read_in_order_with_a_digest(cloud: Any, releases: Releases) -> None:
    put(cloud, "smoke/b.jsonl", b'{"body": "2"}')
    put(cloud, "smoke/a.jsonl", b'{"body": "1"}\n')
    put(cloud, "smoke/notes.txt", b"no request")
    first = recorded.load(releases._clients, "s3://artifacts/smoke/")
    assert [request.body for request in first.requests] == [b"1", b"2"]
    assert recorded.load(releases._clients, "s3://artifacts/smoke/").digest == first.digest
    assert [
        r.body for r in recorded.load(releases._clients, "s3://artifacts/smoke/b.jsonl").requests
    ] == [b"2"]
    put(cloud, "smoke/a.jsonl", b'{"body": "3"}\n')
    assert recorded.load(releases._clients, "s3://artifacts/smoke/").digest != first.digest


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("s3://artifacts/none/", "There are no recorded requests in s3://artifacts/none/"),
        ("s3://artifacts/none.jsonl", "can't be read: GetObject: NoSuchKey"),
        ("s3://elsewhere/none/", "can't be read: ListObjectsV2: NoSuchBucket"),
    ],
)
def test_files_that_are_not_there_are_refused(
    cloud: Any, releases: Releases, uri: str, message: str
) -> None:
    with pytest.raises(Refused, match=message):
        recorded.load(releases._clients, uri)
