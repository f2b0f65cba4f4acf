"""Metrics of quality with confidence intervals, from the counts of one slice."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import special  # type: ignore[import-untyped]

from groundplan.model_monitoring.analysis import intervals
from groundplan.model_monitoring.analysis.exact_sum import Floats, Moments
from groundplan.model_monitoring.analysis.intervals import Estimate
from groundplan.model_monitoring.analysis.quality import BINS, Tally

RISES = frozenset({"mae", "rmse", "brier", "miscalibration"})
"""Metrics that get worse by rising; the others by falling."""
RELATIVE = frozenset({"mae", "rmse"})
"""Metrics in the label's unit: a change of them is a share of the baseline's."""


def metrics(tally: Tally, error: float) -> dict[str, Estimate]:
    """Returns the metrics of a slice; each interval misses the true value with at most
    about that probability. A metric that the labels do not define is left out: an AUC
    of one class, an F1 without a positive."""
    if tally.layout.schema.task == "regression":
        return {} if tally.absolute.count < 2 else _errors(tally, error)
    rows = int(tally.confusion.sum())
    if not rows:
        return {}
    found = {"accuracy": intervals.share(int(np.trace(tally.matrix)), rows, error)}
    f1 = _f1(tally, error)
    if f1 is not None:
        found["f1"] = f1
    if tally.layout.schema.score and tally.brier.count > 1:
        found |= _scores(tally, error)
    return found


def _errors(tally: Tally, error: float) -> dict[str, Estimate]:
    squared = _mean(tally.squared, error)
    root = Estimate(*(math.sqrt(max(0.0, x)) for x in (squared.value, squared.low, squared.high)))
    return {"mae": _mean(tally.absolute, error), "rmse": root}


def _mean(moments: Moments, error: float) -> Estimate:
    """Returns a mean with the interval of the central limit theorem."""
    mean, deviation = moments.mean or 0.0, moments.deviation or 0.0
    reach = intervals.quantile(1 - error / 2) * deviation / math.sqrt(max(1, moments.count))
    return Estimate(mean, mean - reach, mean + reach)


def _f1(tally: Tally, error: float) -> Estimate | None:
    """Returns the F1 score of the positive class, or the mean of all classes'.

    With q the share of true positives among those that are labelled or predicted
    positive, F1 is 2q / (1 + q), which grows with q: the bounds of q are the bounds of
    F1."""
    matrix, classes = tally.matrix, tally.layout.classes
    binary = tally.layout.schema.task == "binary"
    places = [classes.index(tally.layout.schema.positive)] if binary else range(len(classes))
    counted = []
    for place in places:
        both = int(matrix[place, place])
        either = int(matrix[place, :].sum() + matrix[:, place].sum()) - both
        if either:
            counted.append((both, either))
    if not counted:
        return None
    scores = [intervals.share(both, either, error / len(counted)) for both, either in counted]
    values = np.array([[q.value, q.low, q.high] for q in scores])
    value, low, high = (2 * values / (1 + values)).mean(axis=0)
    return Estimate(float(value), float(low), float(high))


def _scores(tally: Tally, error: float) -> dict[str, Estimate]:
    found = {"brier": _mean(tally.brier, error)}
    curve = auc(tally, error)
    if curve is not None:
        found["auc"] = curve.estimate
    rows, positives = int(tally.bins[:BINS].sum()), int(tally.bins[BINS:].sum())
    mean = sum((m.mean or 0.0) * m.count for m in tally.bin_scores) / rows
    bias = mean - positives / rows
    # The variance of score - label is the mean of its square, the Brier score, less the
    # square of its mean.
    spread = max(0.0, (tally.brier.mean or 0.0) - bias * bias)
    reach = intervals.quantile(1 - error / 2) * math.sqrt(spread / rows)
    ends = sorted((abs(bias - reach), abs(bias + reach)))
    low = 0.0 if abs(bias) <= reach else ends[0]
    found["miscalibration"] = Estimate(abs(bias), low, ends[1])
    return found


@dataclass(frozen=True)
class Curve:
    """The area under the ROC curve, from cells."""

    estimate: Estimate
    error: float
    """By how much the value may differ from that of the scores themselves: pairs of a
    positive and a negative in one gap count half."""


def auc(tally: Tally, error: float) -> Curve | None:
    """Returns the area under the ROC curve with its interval (DeLong, DeLong and
    Clarke-Pearson 1988, on the logit's scale), None if the labels are of one class."""
    negatives, positives = tally.scores.reshape(2, -1).astype(np.float64)
    bad, good = negatives.sum(), positives.sum()
    if not good or not bad:
        return None
    beaten = (np.cumsum(negatives) - negatives / 2) / bad
    above = 1 - (np.cumsum(positives) - positives / 2) / good
    value = float((positives * beaten).sum() / good)
    inside = float((positives * negatives)[::2].sum() / (2 * good * bad))
    variance = _spread(positives, beaten, value) / good + _spread(negatives, above, value) / bad
    # One pair at most decides how near to 0 or 1 an estimate can be.
    edge = min(max(value, 0.5 / (good * bad)), 1 - 0.5 / (good * bad))
    slope = edge * (1 - edge)
    # Where all pairs are right, the variance of the sample is zero: the bound of an
    # exact share of the rarer class's rows is used in its place.
    reach = intervals.quantile(1 - error / 2) * math.sqrt(variance) / slope
    low, high = (float(special.expit(special.logit(edge) + d)) for d in (-reach, reach))
    if variance <= 0:
        fewer = int(min(good, bad))
        exact = intervals.share(round(value * fewer), fewer, error)
        low, high = exact.low, exact.high
    return Curve(
        Estimate(value, max(0.0, min(low, value) - inside), min(1.0, max(high, value) + inside)),
        inside,
    )


def _spread(weights: Floats, places: Floats, mean: float) -> float:
    rows = weights.sum()
    return float((weights * (places - mean) ** 2).sum() / max(1.0, rows - 1))


def reliability(tally: Tally, error: float) -> list[Mapping[str, float]]:
    """Returns the mean and the share of positives of each tenth of the score with
    rows."""
    bins: list[Mapping[str, float]] = []
    for place in range(BINS):
        rows, positives = int(tally.bins[place]), int(tally.bins[BINS + place])
        if rows:
            observed = intervals.share(positives, rows, error)
            bins.append(
                {
                    "rows": rows,
                    "score": tally.bin_scores[place].mean or 0.0,
                    "share": observed.value,
                    "low": observed.low,
                    "high": observed.high,
                }
            )
    return bins


def calibration_error(tally: Tally) -> float | None:
    """Returns the expected calibration error: the mean distance of the score and the
    share of positives over tenths of the score."""
    bins = reliability(tally, 0.5)
    rows = sum(b["rows"] for b in bins)
    return sum(b["rows"] * abs(b["score"] - b["share"]) for b in bins) / rows if rows else None
