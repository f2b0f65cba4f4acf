"""A check: a window beside its baseline."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan.model_monitoring.analysis import drift, intervals
from groundplan.model_monitoring.analysis.baseline import Baseline
from groundplan.model_monitoring.analysis.categories import Categories
from groundplan.model_monitoring.analysis.cells import Cells
from groundplan.model_monitoring.analysis.documents import InvalidDocument, canonical, digest
from groundplan.model_monitoring.analysis.drift import Level
from groundplan.model_monitoring.analysis.limits import Limits
from groundplan.model_monitoring.analysis.quality import Quality
from groundplan.model_monitoring.analysis.quality_check import quality_verdicts
from groundplan.model_monitoring.analysis.verdicts import Family, Status, Verdict, worst
from groundplan.model_monitoring.analysis.window import Counted, Window

KIND, SCHEMA = "check", 1


@dataclass(frozen=True)
class Period:
    """The hours that a window covers: ISO 8601, in UTC."""

    start: str = ""
    end: str = ""


@dataclass(frozen=True)
class Check:
    """The result of a check."""

    monitor: str
    """Name of the monitored endpoint or model."""
    period: Period
    labelled_period: Period
    """The hours whose answers are beside their labels: earlier ones, if labels come
    late."""
    baseline: Baseline
    window: Window
    quality: Quality | None
    limits: Limits
    verdicts: tuple[Verdict, ...]
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        """What is known of the model."""
        return _together(v for v in self.verdicts if v.status is not Status.NOT_CHECKED)

    @property
    def statuses(self) -> dict[Family, Status]:
        """What is known of each family."""
        return {
            family: _together(v for v in self.verdicts if v.family is family) for family in Family
        }

    @property
    def alarms(self) -> list[Verdict]:
        """The verdicts that alarm."""
        return [verdict for verdict in self.verdicts if verdict.status is Status.ALARM]

    def document(self) -> dict[str, Any]:
        """Returns plain data, with its digest."""
        plain: dict[str, Any] = {
            "kind": KIND,
            "schema": SCHEMA,
            "monitor": self.monitor,
            "status": self.status.value,
            "statuses": {family.value: status.value for family, status in self.statuses.items()},
            "baseline": {"digest": self.baseline.digest, "source": dict(self.baseline.source)},
            "window": {
                "start": self.period.start,
                "end": self.period.end,
                "digest": self.window.digest,
                "requests": self.window.requests,
                "rows": self.window.rows,
                "broken": self.window.broken.document(),
            },
            "labels": None
            if self.quality is None
            else {
                "start": self.labelled_period.start,
                "end": self.labelled_period.end,
                "digest": self.quality.digest,
                "rows": self.quality.slices[""].rows,
                "not_judged": self.quality.counts,
            },
            "limits": self.limits.document(),
            "verdicts": [verdict.document() for verdict in self.verdicts],
            **self.notes,
        }
        return {**plain, "digest": digest(plain)}

    def content(self) -> bytes:
        """Returns the result's bytes: equal for equal rows and labels."""
        return canonical(self.document())


def _together(verdicts: Iterable[Verdict]) -> Status:
    """Returns the worst status. A slice that has too few labels keeps its own verdict
    and is no verdict on the whole: rare values would leave no check ok."""
    return worst(
        verdict.status
        for verdict in verdicts
        if not (verdict.slice and verdict.status is Status.NOT_ENOUGH_DATA)
    )


def check(
    monitor: str,
    baseline: Baseline,
    window: Window,
    quality: Quality | None = None,
    limits: Limits | None = None,
    period: Period | None = None,
    labelled_period: Period | None = None,
) -> Check:
    """Returns what a window says. `quality` is None where no labels are collected: it
    is then not checked. Raises `InvalidDocument` if the window was not counted with
    this baseline."""
    if window.layout.digest != baseline.layout.digest:
        raise InvalidDocument(
            "the window was counted with another baseline. Fix: count its captures again"
        )
    limits, period = limits or Limits(), period or Period()
    verdicts = [
        _records(window, limits),
        *_data_verdicts(baseline, window, limits),
        *quality_verdicts(baseline.quality, quality, limits),
    ]
    return Check(
        monitor,
        period,
        labelled_period or period,
        baseline,
        window,
        quality,
        limits,
        tuple(verdicts),
    )


def _records(window: Window, limits: Limits) -> Verdict:
    """Returns whether the lines of the window could be read."""
    broken, lines = window.broken.total, window.requests + window.broken.total
    ratio = broken / lines if lines else 0.0
    reason = f"{broken:,} of {lines:,} lines could not be read"
    if window.broken.counts:
        reason += f": {max(window.broken.counts, key=lambda name: window.broken.counts[name])}"
    over = ratio > limits.largest_broken_share
    status = Status.ALARM if over else Status.OK if lines else Status.NOT_ENOUGH_DATA
    return Verdict(
        Family.RECORDS,
        "lines",
        status,
        reason if lines else "nothing was captured",
        lines,
        0,
        value=ratio,
        limit=limits.largest_broken_share,
    )


@dataclass(frozen=True)
class _Test:
    """A test whose p-value is not adjusted yet."""

    verdict: Verdict
    chance: float
    judged: bool


def _data_verdicts(baseline: Baseline, window: Window, limits: Limits) -> Iterator[Verdict]:
    schema = baseline.layout.schema
    every = schema.features + schema.outputs
    number = 3 * len(every)
    level = Level(limits.error / number, limits.baseline_error / number)
    tests: list[_Test] = []
    for column in every:
        old, new = baseline.window.column(column.name), window.column(column.name)
        tests += _column(column.name, old, new, level, limits, column in schema.outputs)
    adjusted = intervals.holm([test.chance for test in tests if test.judged], number)
    chances = iter(adjusted)
    for test in tests:
        yield _decided(test.verdict, next(chances), limits) if test.judged else test.verdict


def _column(
    name: str, old: Counted, new: Counted, level: Level, limits: Limits, is_output: bool
) -> Iterator[_Test]:
    """Yields the tests of a column: its distribution, its missing values, and those
    that are no numbers or were never seen."""
    family = Family.PREDICTION_DRIFT if is_output else Family.DATA_DRIFT
    yield _distance(family, name, old, new, level, limits)
    yield _share(
        Family.MISSING, name, (new.missing, new.rows), (old.missing, old.rows), level, limits, True
    )
    if isinstance(new, Cells) and isinstance(old, Cells):
        after, before = (new.invalid, new.rows), (old.invalid, old.rows)
        yield _share(Family.INVALID, name, after, before, level, limits, False)
    elif isinstance(new, Categories) and isinstance(old, Categories):
        after, before = (new.unseen, new.valid), (old.unseen, old.valid)
        yield _share(Family.UNSEEN, name, after, before, level, limits, False)


def _lacking(rows: int, baseline_rows: int, limits: Limits) -> str:
    if baseline_rows < limits.minimum_rows:
        return f"the baseline has {baseline_rows:,} rows, {limits.minimum_rows:,} are needed"
    if rows < limits.minimum_rows:
        return f"the window has {rows:,} rows, {limits.minimum_rows:,} are needed"
    return ""


def _distance(
    family: Family, name: str, old: Counted, new: Counted, level: Level, limits: Limits
) -> _Test:
    rows, before = new.valid, old.valid
    lacking = _lacking(rows, before, limits)
    if lacking:
        verdict = Verdict(family, name, Status.NOT_ENOUGH_DATA, lacking, rows, before)
        return _Test(verdict, 1.0, judged=False)
    if isinstance(new, Cells) and isinstance(old, Cells):
        found = drift.of_numbers(old, new, level)
    else:
        assert isinstance(new, Categories)  # noqa: S101 (one layout)
        assert isinstance(old, Categories)  # noqa: S101
        found = drift.of_categories(old, new, level)
    verdict = Verdict(
        family,
        name,
        Status.OK,
        f"furthest at {found.named}" if found.named else "no values to compare",
        rows,
        before,
        value=found.value,
        limit=limits.smallest_drift,
        detectable=found.detectable,
        error=found.error,
        psi=found.psi,
    )
    return _Test(verdict, found.chance, judged=True)


def _share(
    family: Family,
    name: str,
    after: tuple[int, int],
    before: tuple[int, int],
    level: Level,
    limits: Limits,
    both: bool,
) -> _Test:
    lacking = _lacking(after[1], before[1], limits)
    if lacking:
        verdict = Verdict(family, name, Status.NOT_ENOUGH_DATA, lacking, after[1], before[1])
        return _Test(verdict, 1.0, judged=False)
    now = intervals.share(*after, limits.error)
    verdict = Verdict(
        family,
        name,
        Status.OK,
        f"{after[0]:,} of {after[1]:,} rows",
        after[1],
        before[1],
        value=now.value,
        baseline_value=before[0] / before[1],
        low=now.low,
        high=now.high,
        limit=limits.smallest_share,
    )
    return _Test(verdict, drift.of_share(*after, *before, level, both), judged=True)


def _decided(verdict: Verdict, chance: float, limits: Limits) -> Verdict:
    """Returns a verdict with its status: an alarm is no accident, and matters."""
    change = abs((verdict.value or 0.0) - (verdict.baseline_value or 0.0))
    status, reason = Status.OK, verdict.reason
    if chance <= limits.error and change >= (verdict.limit or 0.0):
        status = Status.ALARM
    elif (verdict.detectable or 0.0) > limits.largest_undetected:
        status = Status.NOT_ENOUGH_DATA
        reason = (
            f"{verdict.rows:,} rows beside {verdict.baseline_rows:,} could not show a drift "
            f"of less than {verdict.detectable:.2f}"
        )
    return Verdict(**{**vars(verdict), "status": status, "reason": reason, "chance": chance})
