"""The budget of a pipeline, at least the price of one run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.arguments import with_defaults
from groundplan.facts import training_instances
from groundplan.problems import MISSING, Problem
from groundplan.retraining.component import run_price
from groundplan.retraining.component.args import (
    RetrainingEvaluationArgs,
    RetrainingPipelineArgs,
    RetrainingTrainingArgs,
)
from groundplan.retraining.component.run_price import CENT, RunPrice

JOBS = ("training", "evaluation")


@dataclass(frozen=True)
class Prices:
    """What the jobs of the longest run cost; `None` where it isn't known."""

    training: RunPrice | None
    evaluation: RunPrice | None

    @property
    def usd(self) -> float | None:
        """USD of a run; `None` where a price isn't known."""
        if self.training is None or self.evaluation is None:
            return None
        return self.training.usd + self.evaluation.usd


def prices(args: Mapping[str, Any], region: str | None) -> Prices:
    """Returns the prices of a run's jobs."""
    training = with_defaults(RetrainingTrainingArgs, args.get("training", {}))
    evaluation = with_defaults(RetrainingEvaluationArgs, args.get("evaluation", {}))
    return Prices(
        _price(training, training["nodes"], region), _price(evaluation, nodes=1, region=region)
    )


def problems(
    args: RetrainingPipelineArgs, region: str | None, *, are_jobs_valid: bool = True
) -> list[Problem]:
    """Returns the problems of the budget: one that no run keeps to, unknown prices. The
    price of invalid jobs says nothing of the budget."""
    found = [
        Problem(key, args.get(key), "a number above 0 (USD)", "set what runs may cost")
        for key in ("budget_usd_per_run", "budget_usd_per_month")
        if (amount := args.get(key)) is not None and not _is_above_zero(amount)
    ]
    known = prices(args, region)
    for job in JOBS:
        # A job without an instance type, or with an invalid one, is reported itself.
        type_ = _instance_type(args, job)
        is_valid = type_ and not training_instances.problems("", type_)
        if type_ and is_valid and getattr(known, job) is None:
            found.append(_unpriced(job, type_, region))
    if found or known.usd is None or not are_jobs_valid:
        return found
    return _too_low(args, known)


def _too_low(args: RetrainingPipelineArgs, known: Prices) -> list[Problem]:
    usd = known.usd or 0.0
    of_run = args.get("budget_usd_per_run", usd)
    parts = f"training {known.training}, evaluation {known.evaluation}"
    fix = "raise it, or lower training.max_runtime_seconds with that of the champion's TrainingJob"
    if of_run < usd - CENT:
        allowed = f"at least {usd:.2f}, the price of the longest run: {parts}"
        return [Problem("budget_usd_per_run", of_run, allowed, fix)]
    of_month = args.get("budget_usd_per_month")
    if of_month is None or of_month >= of_run - CENT:
        return []
    if "budget_usd_per_run" in args:
        allowed = f"at least budget_usd_per_run, {of_run:g}: no run could begin"
        fix = "raise it, or lower budget_usd_per_run"
    else:
        allowed = f"at least {usd:.2f}, the price of the longest run: {parts}"
    return [Problem("budget_usd_per_month", of_month, allowed, fix)]


def _price(job: Mapping[str, Any], nodes: int, region: str | None) -> RunPrice | None:
    if not isinstance(job.get("instance_type"), str):
        return None
    return run_price.of_run(
        job["instance_type"],
        nodes,
        job["max_runtime_seconds"],
        region=region,
        usd_per_hour=job.get("usd_per_hour"),
    )


def _instance_type(args: RetrainingPipelineArgs, job: str) -> str | None:
    if job == "training":
        return args.get("training", {}).get("instance_type")
    if "evaluation" not in args:
        return None
    found: str = with_defaults(RetrainingEvaluationArgs, args["evaluation"])["instance_type"]
    return found


def _is_above_zero(amount: object) -> bool:
    return isinstance(amount, int | float) and 0 < amount < float("inf")


def _unpriced(job: str, instance_type: str, region: str | None) -> Problem:
    where = f"in {region}" if region else "as the region is not known"
    fix = f"run `groundplan prices refresh --region {region}`" if region else "set aws:region"
    allowed = (
        f"the price of one instance per hour, in USD: Groundplan has no price for {instance_type} "
        f"{where}, and a budget needs one"
    )
    return Problem(f"{job}.usd_per_hour", MISSING, allowed, f"set it, or {fix}")
