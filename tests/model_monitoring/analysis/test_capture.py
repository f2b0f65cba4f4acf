"""Captured requests: every form that servers write, and lines that can't be read."""

import json
from typing import Any

import captures
import pytest
from groundplan.model_monitoring.analysis import capture, columns
from groundplan.model_monitoring.analysis.capture import Broken, Captured
from groundplan.model_monitoring.analysis.schema import Column, Schema

SCHEMA = Schema(
    (Column("age", "numeric"), Column("city", "categorical")),
    (Column("price", "numeric"),),
    prediction="price",
)
JSON = "application/json"
ROWS = [[41, "Oslo"], [7, "Rome"]]
NAMED = [{"age": 41, "city": "Oslo"}, {"city": "Rome", "age": 7}]

FORMS: dict[str, tuple[Any, Any, str, str]] = {
    "CSV": ("41,Oslo\n7,Rome\n", "1.5\n2.5", "CSV", "text/csv; charset=utf-8"),
    "CSV with a header": ("age,city\n41,Oslo\n7,Rome", "price\n1.5\n2.5", "CSV", "text/csv"),
    "CSV whose answer is one line": ("41,Oslo\n7,Rome", "1.5,2.5", "CSV", "text/csv"),
    "base64 of CSV": ("41,Oslo\r\n7,Rome", "1.5\r\n2.5", "BASE64", "text/csv"),
    "base64 of JSON": ({"instances": ROWS}, {"predictions": [1.5, 2.5]}, "BASE64", JSON),
    "lists of values": (ROWS, [1.5, 2.5], "JSON", JSON),
    "lists in lists": (ROWS, [[1.5], [2.5]], "JSON", JSON),
    "instances": (
        {"instances": ROWS},
        {"predictions": [{"price": 1.5}, {"price": 2.5}]},
        "JSON",
        JSON,
    ),
    "instances with features": (
        {"instances": [{"features": row} for row in ROWS]},
        {"predictions": [1.5, 2.5]},
        "JSON",
        JSON,
    ),
    "records": ({"dataframe_records": NAMED}, {"predictions": [1.5, 2.5]}, "JSON", JSON),
    "split": (
        {"dataframe_split": {"columns": ["city", "age"], "data": [["Oslo", 41], ["Rome", 7]]}},
        {"predictions": [1.5, 2.5]},
        "JSON",
        JSON,
    ),
    "columns": ({"age": [41, 7], "city": ["Oslo", "Rome"]}, {"price": [1.5, 2.5]}, "JSON", JSON),
    "JSON lines": (
        "\n".join(map(json.dumps, NAMED)),
        '{"price": 1.5}\n{"price": 2.5}\n',
        "JSON",
        "application/jsonlines",
    ),
}


def read(*lines: str) -> tuple[list[Captured], Broken]:
    broken = Broken()
    return list(capture.read(lines, "f", SCHEMA, broken)), broken


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_batch_is_the_same_rows(form: str) -> None:
    found, broken = read(captures.line(1, *FORMS[form]))
    assert broken.counts == {}
    assert found[0].inputs is not None
    assert found[0].outputs is not None
    asked = columns.batch(found[0].inputs, SCHEMA.features)
    assert asked.numbers["age"].tolist() == [41.0, 7.0]
    assert asked.categories["city"] == ["Oslo", "Rome"]
    answered = columns.batch(found[0].outputs, SCHEMA.outputs)
    assert answered.numbers["price"].tolist() == [1.5, 2.5]


@pytest.mark.parametrize(
    ("asked", "answered"), [({"age": 3, "city": "Oslo"}, 1.5), ([3, "Oslo"], {"price": 1.5})]
)
def test_a_single_request_is_one_row(asked: Any, answered: Any) -> None:
    found, _ = read(captures.line(1, asked, answered, "JSON", JSON))
    assert [row["age"] for row in found[0].inputs or ()] == [3]
    assert [row["price"] for row in found[0].outputs or ()] == [1.5]


BROKEN = {
    "the line is no JSON": '{"captureData":',
    "the line is no JSON object": "[1]",
    "the line has no eventMetadata.eventId": captures.line(1, "1,a", "1", eventMetadata={}),
    "the line has no captureData": captures.line(1, "1,a", "1", captureData=None),
    "the line has neither a request nor a response": captures.line(1, "1,a", "1", captureData={}),
    "the CSV has not as many fields as the schema has columns": captures.line(1, "1,a,b", "1"),
    "the body has no rows": captures.line(1, "", "1"),
    "the response has not as many rows as the request": captures.line(1, "1,a\n2,b", "1"),
    "the body is no JSON": captures.line(1, "{", "1", "JSON", JSON),
    "no column of the schema is there": captures.line(1, {"years": 1}, 1.5, "JSON", JSON),
    "the encoding is none of CSV, JSON, BASE64": captures.line(1, "1,a", "1", "XML"),
    "the content type is neither CSV nor JSON": captures.line(
        1, "1,a", "1", "BASE64", "application/x-npy"
    ),
    "the body is no base64 of UTF-8": captures.line(1, "1,a", "1").replace('"CSV"', '"BASE64"'),
    "a row has not as many values as the schema has columns": captures.line(
        1, [[1]], [1], "JSON", JSON
    ),
    "the columns have different lengths": captures.line(
        1, {"age": [1, 2], "city": ["a"]}, [1, 2], "JSON", JSON
    ),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_a_broken_line_is_counted_and_named_and_ends_nothing(reason: str) -> None:
    found, broken = read(
        captures.line(1, "1,a", "1"), "", BROKEN[reason], captures.line(2, "2,b", "2")
    )
    assert [item.event_id for item in found] == ["event-1", "event-2"]
    assert broken.counts == {reason: 1}
    assert broken.examples == [("f", 3, reason)]


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"a":' * 100_000, "\x00", '"\ud800"', "NaN"])
def test_no_line_ends_a_check(deep: str) -> None:
    found, broken = read(deep, captures.line(1, deep, deep, "JSON", JSON))
    assert broken.total + len(found) == 2


def test_a_capture_of_responses_only_counts_no_missing_features() -> None:
    whole = json.loads(captures.line(1, "1,a", "1"))
    del whole["captureData"]["endpointInput"]
    found, broken = read(json.dumps(whole))
    assert broken.total == 0
    assert found[0].inputs is None


def test_the_event_is_the_inference_id_of_a_request_without_one() -> None:
    found, _ = read(captures.line(5, "1,a", "1", inference_id=None))
    assert found[0].inference_id == "event-5"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, "1"), (1.0, "1"), ("1.0", "1"), (" 1 ", "1"), (True, "true"), ("", None), (None, None),
     ("NaN", None), (float("nan"), None), ("1.5", "1.5"), ("007", "007")],
)  # fmt: skip
def test_a_category_has_one_spelling(value: Any, expected: str | None) -> None:
    assert columns.category(value) == expected


def test_numbers_are_read_from_text_and_what_is_none_is_invalid() -> None:
    rows = [{"age": v} for v in ("1.5", "", None, "NA", "old", "1e400", [1], True, " 2 ")]
    batch = columns.batch(rows, (Column("age", "numeric"),))
    assert batch.invalid == {"age": 2}
    assert sum(v == v for v in batch.numbers["age"]) == 4
