"""Labels joined with answers: late, doubled and reordered ones do nothing wrong."""

import itertools
import random

import captures
import pytest
from groundplan.model_monitoring.analysis import capture, joining, labels
from groundplan.model_monitoring.analysis.baseline import build
from groundplan.model_monitoring.analysis.capture import Broken
from groundplan.model_monitoring.analysis.layout import Layout
from groundplan.model_monitoring.analysis.quality import Quality
from groundplan.model_monitoring.analysis.schema import Column, Schema

SCHEMA = Schema(
    (Column("age", "numeric"), Column("city", "categorical")),
    (Column("score", "numeric"),),
    task="binary",
    score="score",
    slices=("city",),
)


def layout() -> Layout:
    rows = [
        {"age": 1, "city": city, "score": score, "label": label}
        for city, score, label in itertools.product(("Oslo", "Rome"), (0.1, 0.9), (0, 1))
    ]
    return build(SCHEMA, {"train": lambda: rows}).layout


LAYOUT = layout()


def joined(requests: list[str], found: list[str]) -> Quality:
    broken = Broken()
    events = capture.read(requests, "f", SCHEMA, broken)
    answers = [answer for e in events if (answer := joining.answer(e, LAYOUT)) is not None]
    truth = list(labels.read(found, "g", SCHEMA, broken))
    assert broken.total == 0
    return joining.join(answers, truth, LAYOUT)


REQUESTS = [captures.line(n, f"{n},{'Oslo' if n % 2 else 'Rome'}", f"0.{n}") for n in range(1, 10)]
LABELS = [captures.label(f"id-{n}", int(n > 5)) for n in range(1, 10)]


def test_answers_meet_their_labels_in_all_rows_and_per_slice() -> None:
    found = joined(REQUESTS, LABELS)
    assert found.counts == {}
    # The score 0.5 of the fifth is the positive class, its label is not.
    assert found.slices[""].matrix[:2, :2].tolist() == [[4, 1], [0, 4]]
    assert found.slices["city=Rome"].rows == 4
    assert found.slices["city=Oslo"].rows == 5


def test_neither_order_nor_doubled_lines_change_the_result() -> None:
    expected = joined(REQUESTS, LABELS).content()
    shuffle = random.Random(1).shuffle  # noqa: S311 (an order of a test)
    for _ in range(20):
        requests, found = [*REQUESTS, *REQUESTS[:3]], [*LABELS, *LABELS[4:], LABELS[0]]
        shuffle(requests)
        shuffle(found)
        assert joined(requests, found).content() == expected


def test_late_labels_are_judged_when_they_are_there_and_the_others_are_counted() -> None:
    early = joined(REQUESTS, LABELS[:6])
    assert early.slices[""].rows == 6
    assert early.counts == {joining.UNLABELLED: 3}
    assert joined(REQUESTS[:2], LABELS[:3]).counts == {joining.UNANSWERED: 1}


@pytest.mark.parametrize("backwards", [False, True])
def test_of_two_labels_the_later_one_counts_in_whatever_order_they_arrive(backwards: bool) -> None:
    both = [
        captures.label("id-9", 0, "2026-11-28T09:00:00Z"),
        captures.label("id-9", 1, "2026-11-28T10:00:00Z"),
    ]
    found = joined([REQUESTS[8]], both[::-1] if backwards else both)
    assert found.slices[""].matrix[1, 1] == 1
    assert found.counts == {joining.REPLACED: 1}


@pytest.mark.parametrize("backwards", [False, True])
def test_of_two_answers_to_one_inference_id_the_later_one_counts(backwards: bool) -> None:
    both = [
        captures.line(1, "1,Oslo", "0.1", inference_id="x", time="2026-11-28T08:00:00Z"),
        captures.line(2, "1,Oslo", "0.9", inference_id="x", time="2026-11-28T08:00:01Z"),
    ]
    found = joined(both[::-1] if backwards else both, [captures.label("x", 1)])
    assert found.slices[""].matrix[1, 1] == 1
    assert found.counts == {joining.REPEATED: 1}


def test_a_batch_has_a_label_per_row() -> None:
    batch = captures.line(1, "1,Oslo\n2,Rome\n3,Rome", "0.1\n0.9\n0.2")
    found = joined([batch], [captures.label("id-1", "0\n1\n1")])
    assert found.slices["city=Rome"].matrix[:2, :2].tolist() == [[0, 0], [1, 1]]
    unequal = joined([batch], [captures.label("id-1", "0\n1")])
    assert unequal.counts == {joining.UNEQUAL: 1}
    assert unequal.slices[""].rows == 0


def test_a_label_that_is_missing_is_not_judged() -> None:
    found = joined(REQUESTS[:1], [captures.label("id-1", '""')])
    assert found.slices[""].rows == 0
    assert found.counts == {"rows without a usable label or prediction": 1}
