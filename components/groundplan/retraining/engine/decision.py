"""Whether a run is needed, and allowed: what is decided for the triggers that wait."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.release.engine.objects import Entry
from groundplan.retraining.engine import budget, datasets
from groundplan.retraining.engine.datasets import Tag
from groundplan.retraining.engine.journal import BEGUN, ENDED, Journal
from groundplan.retraining.engine.names import RETRIED, Kind, Outcome
from groundplan.retraining.engine.plan import Plan, run_id
from groundplan.retraining.engine.services import Champion, Services
from groundplan.retraining.engine.settings import RetrainingSettings

HOUR = 3600.0


@dataclass(frozen=True)
class Verdict:
    """What is decided: a plan, or why there is none."""

    plan: Plan | None = None
    outcome: Outcome | None = None
    message: str = ""


@dataclass(frozen=True)
class Asked:
    """A trigger that waits."""

    name: str
    data: Mapping[str, Any]

    @property
    def is_person(self) -> bool:
        return self.data.get("kind") == Kind.PERSON.value

    @property
    def again(self) -> bool:
        return self.data.get("again") is True


class Decision:
    """Decides for the triggers of one endpoint."""

    def __init__(self, settings: RetrainingSettings, services: Services, journal: Journal) -> None:
        self._settings, self._services, self._journal = settings, services, journal

    def decide(self, names: Sequence[str], execution: str = "") -> Verdict:
        """Decides for triggers that wait. Raises `Refused` if the dataset or the
        champion can't be read."""
        asked = [Asked(name, self._journal.trigger(name)) for name in names]
        tag = datasets.resolve(self._services.s3, self._settings.bucket, self._settings.dataset)
        champion = self._services.models.champion()
        if is_trained_on(champion, self._settings, tag):
            return Verdict(
                outcome=Outcome.NOT_NEEDED,
                message=f"The champion was trained on {tag.version} by the same code. Fix: publish "
                f"newer data as {self._settings.dataset}",
            )
        runs = self._journal.runs()
        sequence, tried = self._sequence(champion, tag, any(one.again for one in asked), runs)
        if tried:
            return Verdict(outcome=Outcome.NOT_NEEDED, message=tried)
        cost = budget.most(self._settings, champion.record)
        refusal = (
            self._cool_down(asked, runs)
            or budget.mismatch(self._settings, champion.record)
            or budget.problem(self._settings, cost, self._spent(runs))
        )
        if refusal:
            return Verdict(outcome=Outcome.NOT_ALLOWED, message=refusal)
        plan = Plan(
            run=run_id(self._settings.endpoint, tag.digest, champion, sequence),
            dataset=tag.dataset,
            digest=tag.digest,
            sequence=sequence,
            champion=champion,
            triggers=tuple(names),
            reserved_usd=cost or 0.0,
            reason="; ".join(dict.fromkeys(str(one.data.get("reason", "")) for one in asked)),
            execution=execution,
        )
        return Verdict(plan)

    def _sequence(
        self, champion: Champion, tag: Tag, again: bool, runs: Mapping[str, Mapping[str, Entry]]
    ) -> tuple[int, str]:
        """Returns the number of the next attempt with this data and champion, and why
        there is none."""
        sequence, outcomes = 0, []
        while True:
            run = run_id(self._settings.endpoint, tag.digest, champion, sequence)
            if run not in runs or ENDED not in runs[run]:
                break
            ended = self._journal.run(run).needed(ENDED, "outcome", "message")
            outcomes.append((run, str(ended["outcome"]), str(ended["message"])))
            sequence += 1
        if not outcomes or again:
            return sequence, ""
        run, outcome, message = outcomes[-1]
        if outcome not in RETRIED:
            return sequence, (
                f"Run {run} has tried {tag.version} against this champion: {outcome}. {message}. "
                "Fix: publish newer data, or start it again with --again"
            )
        failed = sum(result == Outcome.FAILED.value for _, result, _ in outcomes)
        if failed >= self._settings.limits.attempts:
            return sequence, (
                f"{failed} runs with {tag.version} have failed, {run} last: {message}. Fix: mend "
                "it, then start it again with --again"
            )
        return sequence, ""

    def _cool_down(self, asked: Sequence[Asked], runs: Mapping[str, Mapping[str, Entry]]) -> str:
        """Returns why it is too early for another run; empty if it is not, or a person
        asks."""
        ages = [entries[ENDED].age for entries in runs.values() if ENDED in entries]
        hours = self._settings.limits.cool_down_hours
        if not ages or any(one.is_person for one in asked) or min(ages) >= hours * HOUR:
            return ""
        return (
            f"The last run ended {min(ages) / HOUR:.1f} hours ago, and the cool-down is "
            f"{hours:g} hours: the trigger waits"
        )

    def _spent(self, runs: Mapping[str, Mapping[str, Entry]]) -> float:
        """US dollars of this month's runs: what they cost, or can cost at most."""
        total = 0.0
        for run, entries in runs.items():
            if BEGUN not in entries:
                continue
            begun = entries[BEGUN]
            now = begun.at + datetime.timedelta(seconds=begun.age)
            if not budget.is_this_month(begun.at, now):
                continue
            if ENDED in entries:
                total += float(self._journal.run(run).needed(ENDED, "usd")["usd"])
            else:
                total += float(self._journal.run(run).needed(BEGUN, "reserved_usd")["reserved_usd"])
        return total


def is_trained_on(champion: Champion, settings: RetrainingSettings, tag: Tag) -> bool:
    """Returns whether the champion was trained on this version, as its record says. Its
    code is what a run would train with, so then a run would change nothing."""
    data = champion.record.get("datasets", {}).get(settings.training.input_name, {})
    return str(data.get("version", "")) == tag.version
