"""Whether a candidate's metrics keep to the gates: on their own, and beside the
champion's. Pure.

A regression is how much worse the candidate is than the champion, in the direction that
the metric says is better. By default each difference is taken at its word. With
`confidence`, and where both metrics carry their standard error, the gate breaks only if
the candidate is worse than allowed at that confidence: a one-sided z test of two
independent samples. Measured on the same rows, as they should be, the two are
correlated, so that the test is slower to see a regression than it could be: hold noisy
slices to `min_count`, too.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from statistics import NormalDist
from typing import Any

from groundplan.release.engine.gate_spec import Gates, Limits, MetricGate
from groundplan.release.engine.metrics import Measured, Metric

WILD = frozenset("*?[")
CLOSE = 1e-9
"""Relative difference below which two numbers are one: 0.90 - 0.89 is no more than
0.01, whatever binary fractions say."""


@dataclass(frozen=True)
class Check:
    """One metric of one slice against one limit."""

    metric: str
    slice: str | None
    """None for all."""
    rule: str
    """`measured`, `count`, `min`, `max` or `regression`."""
    ok: bool
    candidate: float | None
    champion: float | None
    limit: float | None
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON, which has no NaN."""
        return {key: _plain(value) for key, value in asdict(self).items()}


@dataclass(frozen=True)
class Champion:
    """What the candidate is compared with."""

    measured: Measured | None
    """None if the live version has no metrics."""


def judge(gates: Gates, candidate: Measured, champion: Champion | None) -> list[Check]:
    """Returns all checks, in the order of metrics and slices. Without a champion, on
    the first release, regressions aren't judged."""
    found: list[Check] = []
    for gate in gates.metrics:
        found += _place(gate, gate.limits, None, candidate, champion, gates.confidence)
        for pattern, limits in sorted(gate.slices.items()):
            if (
                WILD & set(pattern)
                and limits.required
                and not any(_matched(gate, candidate, champion, pattern))
            ):
                reason = (
                    "no slice of the candidate or the champion fits; evaluate by it, or set "
                    "required to false"
                )
                found.append(Check(gate.name, pattern, "measured", False, None, None, None, reason))
        for name, limits, exact in _slices(gate, candidate, champion):
            found += _place(gate, limits, name, candidate, champion, gates.confidence, exact)
    return found


def limits_of(gate: MetricGate, slice: str) -> Limits | None:
    """Returns the limits of a slice: those of its name, or of the longest pattern that
    fits; None if no gate is there for it."""
    if slice in gate.slices:
        return gate.slices[slice]
    fitting = [pattern for pattern in gate.slices if fnmatchcase(slice, pattern)]
    return (
        gate.slices[max(fitting, key=lambda pattern: (len(pattern), pattern))] if fitting else None
    )


def _known(gate: MetricGate, candidate: Measured, champion: Champion | None) -> Sequence[str]:
    """Slices in which one of both has the metric."""
    sides = [candidate, *([champion.measured] if champion and champion.measured else [])]
    return sorted(
        {name for side in sides for name, metrics in side.slices.items() if gate.name in metrics}
    )


def _matched(
    gate: MetricGate, candidate: Measured, champion: Champion | None, pattern: str
) -> Iterator[str]:
    return (name for name in _known(gate, candidate, champion) if fnmatchcase(name, pattern))


def _slices(
    gate: MetricGate, candidate: Measured, champion: Champion | None
) -> Iterator[tuple[str, Limits, bool]]:
    named = [name for name in gate.slices if not WILD & set(name)]
    for name in sorted({*named, *_known(gate, candidate, champion)}):
        limits = limits_of(gate, name)
        if limits is not None:
            yield name, limits, name in gate.slices


def _place(
    gate: MetricGate,
    limits: Limits,
    slice: str | None,
    candidate: Measured,
    champion: Champion | None,
    confidence: float | None,
    exact: bool = True,
) -> Iterator[Check]:
    """Yields the checks of one metric in one slice. `exact`: the gate names it, and
    doesn't only have a pattern for it."""
    ours = candidate.of(gate.name, slice)
    theirs = champion.measured.of(gate.name, slice) if champion and champion.measured else None
    values = (None if ours is None else ours.value, None if theirs is None else theirs.value)

    def check(rule: str, ok: bool, limit: float | None, reason: str) -> Check:
        return Check(gate.name, slice, rule, ok, *values, limit, reason)

    if ours is None:
        detail = "not measured" if limits.required else "not measured, and not required"
        yield check("measured", not limits.required, None, detail)
        return
    if not math.isfinite(ours.value):
        yield check("measured", False, None, f"{ours.value} is no measurement")
        return
    if limits.min_count is not None:
        enough = ours.count is not None and ours.count >= limits.min_count
        rows = "an unknown number of rows" if ours.count is None else f"{ours.count} rows"
        yield check("count", enough, limits.min_count, f"measured on {rows}")
    if limits.min is not None:
        ok = not _over(limits.min, ours.value)
        yield check(
            "min",
            ok,
            limits.min,
            f"{_number(ours.value)} is {'at least' if ok else 'below'} {_number(limits.min)}",
        )
    if limits.max is not None:
        ok = not _over(ours.value, limits.max)
        yield check(
            "max",
            ok,
            limits.max,
            f"{_number(ours.value)} is {'at most' if ok else 'above'} {_number(limits.max)}",
        )
    if limits.compares and champion is not None:
        ok, allowed, reason = _regression(
            gate, limits, ours, theirs, candidate, champion, exact, confidence
        )
        yield check("regression", ok, allowed, reason)


def _regression(
    gate: MetricGate,
    limits: Limits,
    ours: Metric,
    theirs: Metric | None,
    candidate: Measured,
    champion: Champion,
    exact: bool,
    confidence: float | None,
) -> tuple[bool, float | None, str]:
    """Returns whether it holds, the loss that is allowed, and why."""
    other = champion.measured
    if other is None:
        return not limits.required, None, "the champion has no metrics to compare with"
    if theirs is None:
        if not exact:
            return True, None, "new: the champion was not measured on this slice"
        return not limits.required, None, "the champion was not measured on it"
    if not math.isfinite(theirs.value):
        return False, None, f"the champion's is {theirs.value}, which nothing can be compared with"
    if candidate.dataset and other.dataset and candidate.dataset != other.dataset:
        return (
            False,
            None,
            (
                f"measured on {candidate.dataset}, the champion on {other.dataset}: measure "
                "both on the same"
            ),
        )
    better, wrong = _direction(gate, ours, theirs)
    if better is None:
        return False, None, wrong
    loss = theirs.value - ours.value if better else ours.value - theirs.value
    if limits.max_regression_percent is not None:
        allowed = abs(theirs.value) * limits.max_regression_percent / 100
    else:
        allowed = limits.max_regression or 0.0
    return _verdict(loss, allowed, theirs, ours, confidence)


def _verdict(
    loss: float, allowed: float, theirs: Metric, ours: Metric, confidence: float | None
) -> tuple[bool, float, str]:
    scale = max(abs(theirs.value), abs(ours.value))  # what the difference lost its last digits at
    excess = loss - allowed
    comparison = (
        f"{_number(loss)} worse than the champion"
        if loss > 0
        else f"{_number(-loss)} better than the champion"
    )
    comparison = "equal to the champion" if loss == 0 else comparison
    if excess <= CLOSE * max(scale, allowed):
        return (
            True,
            allowed,
            comparison if loss <= 0 else f"{comparison}, within {_number(allowed)}",
        )
    if confidence is not None and theirs.stderr is not None and ours.stderr is not None:
        error = math.hypot(theirs.stderr, ours.stderr)
        margin = NormalDist().inv_cdf(confidence) * error
        if excess <= margin:
            return (
                True,
                allowed,
                (
                    f"{comparison}, allowed {_number(allowed)}: not significant at "
                    f"{confidence * 100:g} % (± {_number(error)})"
                ),
            )
        return (
            False,
            allowed,
            f"{comparison}, allowed {_number(allowed)}: significant at {confidence * 100:g} %",
        )
    return False, allowed, f"{comparison}, allowed {_number(allowed)}"


def _direction(gate: MetricGate, ours: Metric, theirs: Metric) -> tuple[bool | None, str]:
    """Returns whether higher is better, or why nobody knows."""
    said = {
        "the gate": gate.higher_is_better,
        "the candidate": ours.higher_is_better,
        "the champion": theirs.higher_is_better,
    }
    views = {better for better in said.values() if better is not None}
    if not views:
        return None, "nobody says whether higher is better: set higher_is_better in the gate"
    if len(views) > 1:
        directions = ", ".join(
            f"{who} says {str(better).lower()}"
            for who, better in said.items()
            if better is not None
        )
        return None, f"whether higher is better is in dispute: {directions}"
    return views.pop(), ""


def _over(value: float, limit: float) -> bool:
    return value > limit and not math.isclose(value, limit, rel_tol=CLOSE)


def _number(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.6g}"


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def broken(checks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Returns what the broken ones of a report's checks say, as sentences."""
    return [
        f"{check['metric']}{' of ' + check['slice'] if check['slice'] else ''}: {check['reason']}"
        for check in checks
        if not check["ok"]
    ]
