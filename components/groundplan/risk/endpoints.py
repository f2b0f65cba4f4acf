"""Endpoints that get another model or configuration with nothing that catches a bad
one."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.diff.changes import Kind
from groundplan.risk import types
from groundplan.risk.context import Case, Plan, at, objects
from groundplan.risk.risk import Danger, Level
from groundplan.risk.wording import moved

CAUSES = ("sagemaker.Model", "sagemaker.EndpointConfiguration")


def unguarded(plan: Plan) -> Iterator[Danger]:
    """One danger for each endpoint that stays and is updated: it, its configuration or
    a model of it changes."""
    for endpoint in plan.now:
        if types.kind(endpoint.type) != "sagemaker.Endpoint" or plan.kind_of(endpoint.urn) not in (
            None,
            Kind.UPDATE,
        ):
            continue
        missing = _missing(endpoint.inputs)
        causes = [case for case in plan.cases if _updates(case, endpoint.urn)]
        if (
            not missing
            or not causes
            or any(_just_taken_off(case, endpoint.urn) for case in plan.cases)
        ):
            continue
        case = causes[0]
        changes = (
            case.moved("endpointConfigName")
            if case.change.resource.urn == endpoint.urn
            else _cause(case)
        )
        words = f"The endpoint {endpoint.name} is updated, and {missing[0]}."
        affected = plan.graph_now.names(endpoint.urn)
        yield Danger(
            Level.MEDIUM, "downtime", endpoint.urn, words, f"{missing[1]}; {changes}", affected
        )


def _updates(case: Case, urn: str) -> bool:
    if case.change.resource.urn == urn:
        return case.kind is Kind.UPDATE and case.changed("endpointConfigName")
    if case.type not in CAUSES or case.kind not in (Kind.UPDATE, Kind.REPLACE):
        return False
    touched = {
        key for key in {*case.old, *case.new} if case.differs(case.old.get(key), case.new.get(key))
    }
    if not touched - {"tags", "tagsAll"} and case.kind is Kind.UPDATE:
        return False
    return any(resource.urn == urn for resource in case.plan.dependents(case.change))


def _just_taken_off(case: Case, urn: str) -> bool:
    """Whether what is missing was there before: that is told of itself."""
    return case.change.resource.urn == urn and bool(case.old) and _missing(case.old) is None


def _cause(case: Case) -> str:
    causes = "; ".join(moved(p.path, p.old, p.new) for p in case.change.properties[:3])
    verb = "is replaced" if case.kind is Kind.REPLACE else "changes"
    return f"{case.told} {verb}" + (f": {causes}" if causes else "")


def _missing(inputs: Mapping[str, Any]) -> tuple[str, str] | None:
    """What is missing to catch a bad update, as a clause and as a cause; `None` where
    nothing is."""
    config = at(inputs, "deploymentConfig")
    if not isinstance(config, Mapping):
        return "nothing rolls it back if the new version fails", "deploymentConfig is not set"
    if not objects(at(config, "autoRollbackConfiguration.alarms")):
        return (
            "no alarm rolls it back if the new version fails",
            "deploymentConfig.autoRollbackConfiguration has no alarms",
        )
    return None
