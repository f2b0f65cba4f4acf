"""Metrics of quality beside scikit-learn's, their intervals, and what they mean."""

from collections.abc import Iterator

import numpy as np
import pytest
import real_data
from groundplan.model_monitoring.analysis import quality_metrics
from groundplan.model_monitoring.analysis.baseline import Baseline, build
from groundplan.model_monitoring.analysis.check import check
from groundplan.model_monitoring.analysis.limits import Limits
from groundplan.model_monitoring.analysis.quality import Labelled, Quality, Tally
from groundplan.model_monitoring.analysis.schema import Column, Schema
from groundplan.model_monitoring.analysis.verdicts import Family, Status, Verdict
from sklearn import metrics  # type: ignore[import-untyped]


def labelled(scores: np.ndarray, labels: np.ndarray) -> Labelled:
    """Returns scores beside their labels."""
    return Labelled(
        ["1" if score >= 0.5 else "0" for score in scores],
        [str(int(value)) for value in labels],
        scores,
    )


def tally() -> Tally:
    quality = Quality.empty(real_data.whole().layout)
    _, scores, labels = real_data.cancer()
    quality.add(labelled(scores, labels))
    return quality.slices[""]


def test_metrics_of_a_classifier_are_scikit_learns() -> None:
    _, scores, labels = real_data.cancer()
    found = quality_metrics.metrics(tally(), 0.05)
    curve = quality_metrics.auc(tally(), 0.05)
    assert curve is not None
    assert found["accuracy"].value == metrics.accuracy_score(labels, scores >= 0.5)
    assert found["f1"].value == pytest.approx(metrics.f1_score(labels, scores >= 0.5))
    assert found["brier"].value == pytest.approx(metrics.brier_score_loss(labels, scores))
    exact = metrics.roc_auc_score(labels, scores)
    assert abs(found["auc"].value - exact) <= curve.error < 1e-3
    bias = abs(scores.mean() - labels.mean())
    assert found["miscalibration"].value == pytest.approx(bias, abs=1e-12)
    for estimate in found.values():
        assert estimate.low <= estimate.value <= estimate.high


def numbers(task: str = "regression", kind: str = "numeric") -> Baseline:
    """Returns a baseline of whole numbers and their tenths as predictions."""
    schema = Schema(
        (Column("a", "numeric"),),
        (Column("y", kind),),  # type: ignore[arg-type]
        task=task,  # type: ignore[arg-type]
        prediction="y",
    )
    random = np.random.default_rng(1)
    label = random.integers(0, 3, 1000)
    wrong = random.random(1000) < 0.1
    predicted = np.where(wrong, (label + 1) % 3, label)
    if task == "regression":
        predicted = label + random.normal(0, 1, 1000)
    rows = [
        {"a": float(place), "y": value, "label": truth}
        for place, (value, truth) in enumerate(zip(predicted.tolist(), label.tolist(), strict=True))
    ]
    return build(schema, {"train": lambda: rows})


def test_metrics_of_a_regression_are_its_errors() -> None:
    base = numbers()
    quality = Quality.empty(base.layout)
    predicted, labels = np.array([1.0, 2.0, 4.0, np.nan]), np.array([1.0, 3.0, 2.0, 1.0])
    quality.add(Labelled(predicted, labels))
    found = quality_metrics.metrics(quality.slices[""], 0.05)
    assert found["mae"].value == 1.0
    assert found["rmse"].value == pytest.approx((5 / 3) ** 0.5)
    assert quality.counts == {"rows without a usable label or prediction": 1}


def test_f1_of_several_classes_is_the_mean_of_theirs() -> None:
    base = numbers("classification", "categorical")
    quality = Quality.empty(base.layout)
    predicted, labels = list("0012212"), list("0112202")
    quality.add(Labelled(predicted, labels))
    found = quality_metrics.metrics(quality.slices[""], 0.05)
    assert found["f1"].value == pytest.approx(metrics.f1_score(labels, predicted, average="macro"))


@pytest.mark.parametrize("metric", ["accuracy", "f1", "auc", "brier", "miscalibration"])
def test_an_interval_misses_the_true_value_no_more_often_than_stated(metric: str) -> None:
    """The population is the data itself: 300 samples, intervals of 90 percent."""
    _, scores, labels = real_data.cancer()
    softened = 0.5 + (scores - 0.5) * 0.6
    noise = np.random.default_rng(8)
    blurred = np.clip(softened + noise.normal(0, 0.25, len(scores)), 0, 1)
    layout = real_data.whole().layout
    whole = Quality.empty(layout)
    whole.add(labelled(blurred, labels))
    true = quality_metrics.metrics(whole.slices[""], 0.1)[metric].value
    missed = 0
    for _ in range(150):
        places = noise.integers(0, len(labels), 400)
        quality = Quality.empty(layout)
        quality.add(labelled(blurred[places], labels[places]))
        found = quality_metrics.metrics(quality.slices[""], 0.1)[metric]
        missed += not found.low - 1e-9 <= true <= found.high + 1e-9
    # 10 percent of 150, and three standard deviations of a binomial count.
    assert missed <= 15 + 3 * (150 * 0.1 * 0.9) ** 0.5


def of(scores: np.ndarray, labels: np.ndarray, limits: Limits | None = None) -> dict[str, Verdict]:
    base = real_data.whole()
    quality = Quality.empty(base.layout)
    quality.add(labelled(scores, labels))
    window = real_data.window(base, real_data.cancer()[0], real_data.cancer()[1])
    result = check("m", base, window, quality, limits)
    return {v.subject: v for v in result.verdicts if v.family is Family.QUALITY}


def test_a_model_that_decays_alarms_and_one_that_does_not_is_ok() -> None:
    _, scores, labels = real_data.cancer()
    assert {verdict.status for verdict in of(scores, labels).values()} == {Status.OK}
    flipped = np.where(np.arange(len(labels)) % 5 == 0, 1 - labels, labels)
    found = of(scores, flipped)
    assert found["accuracy"].status is Status.ALARM
    assert found["auc"].status is Status.ALARM
    assert found["brier"].status is Status.ALARM


def test_a_few_labels_are_not_enough_and_never_ok() -> None:
    _, scores, labels = real_data.cancer()
    assert of(scores[:50], labels[:50])["labels"].status is Status.NOT_ENOUGH_DATA
    found = of(scores[:110], labels[:110])
    assert found["accuracy"].status is Status.NOT_ENOUGH_DATA
    assert "interval" in found["accuracy"].reason


def test_a_worst_quality_alarms_whatever_the_baseline_is() -> None:
    _, scores, labels = real_data.cancer()
    found = of(scores, labels, Limits(worst_quality={"accuracy": 0.99, "brier": 0.5}))
    assert found["accuracy"].status is Status.ALARM
    assert found["brier"].status is Status.OK


def without_quality() -> Iterator[Baseline]:
    """Yields baselines whose dataset has no answers, and too few labels."""
    features, scores, _ = real_data.cancer()
    yield real_data.of_sample(features, scores)


def test_without_a_baseline_of_quality_it_is_not_said_to_be_ok() -> None:
    features, scores, labels = real_data.cancer()
    for base in without_quality():
        quality = Quality.empty(base.layout)
        quality.add(labelled(scores, labels))
        result = check("m", base, real_data.window(base, features, scores), quality)
        assert result.statuses[Family.QUALITY] is Status.NOT_CHECKED
