"""Workflows: state machines, by their state transitions, and the jobs of retraining
runs."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.cost.assumptions import amount_text
from groundplan.cost.estimation import (
    Charge,
    Context,
    Estimator,
    Part,
    Span,
    Unknown,
    mapping,
    mappings,
    number,
)
from groundplan.manifest.model import Resource

PIPELINE = "groundplan:index:RetrainingPipeline"
START_AND_END = 2
"""Transitions of an execution beside its states (Step Functions pricing page, example
of an execution with two states and four transitions)."""


def state_machine(resource: Resource, ctx: Context) -> Iterator[Charge]:
    """A standard state machine: each execution enters each of its states once. Loops
    and retries are more, branches that are not taken are less."""
    if resource.inputs.get("type") not in (None, "STANDARD"):
        yield Unknown("no price for express state machines")
        return
    states = state_count(resource.inputs.get("definition"))
    if states is None:
        yield Unknown("its states aren't known")
        return
    ctx.note("state transitions", "each execution enters each state once")
    executions = ctx.assume("state_machine_executions", resource)
    transitions = executions * (states + START_AND_END)
    yield ctx.charge(
        "step-functions-transition",
        transitions,
        f"{amount_text(executions)} executions, {amount_text(transitions)} transitions",
    )
    pipeline = ctx.manifest.by_urn.get(resource.parent or "")
    if pipeline is not None and pipeline.type == PIPELINE:
        yield _retraining(resource, mapping(pipeline.outputs.get("prices")), ctx)


def _retraining(resource: Resource, prices: Mapping[str, Any], ctx: Context) -> Charge:
    """Returns the jobs of the runs of a retraining pipeline, for which it states the
    prices: none at the least, the month's budget at the most."""
    hour, longest, evaluation, budget = (
        number(prices.get(key))
        for key in ("training_hour", "training_hours", "evaluation", "budget")
    )
    if hour is None or longest is None or evaluation is None or budget is None:
        return Unknown("what its runs cost isn't known")
    runs = ctx.assume("retraining_runs", resource)
    hours = min(ctx.assume("training_hours", resource), longest)
    usd = min(runs * (hours * hour + evaluation), budget)
    ctx.note("retraining", "no run at the least, the budget of the month at the most")
    words = f"{amount_text(runs)} runs of {amount_text(hours)} h, up to {amount_text(budget)} USD"
    return Part(Span.around(0, usd, budget), words)


def state_count(definition: Any) -> int | None:
    """Returns the number of states of a definition in the Amazon States Language, with
    those of its branches; `None` where it isn't known yet."""
    try:
        document = json.loads(definition) if isinstance(definition, str) else definition
    except ValueError:
        return None
    return _count(document) if isinstance(document, Mapping) else None


def _count(machine: Mapping[str, Any]) -> int:
    states = [mapping(state) for state in mapping(machine.get("States")).values()]
    inner = [
        branch
        for state in states
        for branch in (
            *mappings(state.get("Branches")),
            mapping(state.get("Iterator")),
            mapping(state.get("ItemProcessor")),
        )
    ]
    return len(states) + sum(_count(branch) for branch in inner)


ESTIMATORS: Mapping[str, Estimator] = {"state-machine": state_machine}
