"""Updates of endpoints that no alarm rolls back."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan import catalog
from groundplan.diff.changes import Kind
from groundplan.risk.context import ChangeContext, Plan, at, objects
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import change_text

CAUSES = ("sagemaker.Model", "sagemaker.EndpointConfiguration")


def unguarded(plan: Plan) -> Iterator[Risk]:
    """One risk for each updated endpoint: it, its configuration or a model of it
    changes."""
    for endpoint in plan.resources_after:
        if catalog.key(endpoint.type) != "sagemaker.Endpoint" or plan.kind_of(endpoint.urn) not in (
            None,
            Kind.UPDATE,
        ):
            continue
        missing = _missing(endpoint.inputs)
        causes = [context for context in plan.contexts if _updates(context, endpoint.urn)]
        if (
            not missing
            or not causes
            or any(_just_taken_off(context, endpoint.urn) for context in plan.contexts)
        ):
            continue
        context = causes[0]
        if _keeps_name(context) and plan.kind_of(endpoint.urn) is None:
            continue
        changes = (
            context.change_text("endpointConfigName")
            if context.change.resource.urn == endpoint.urn
            else _cause(context)
        )
        words = f"The endpoint {endpoint.name} is updated, and {missing[0]}."
        affected = plan.graph_after.names(endpoint.urn)
        yield Risk(
            Level.MEDIUM, "downtime", endpoint.urn, words, f"{missing[1]}; {changes}", affected
        )


def unmoved(plan: Plan) -> Iterator[Risk]:
    """Endpoints whose configuration is replaced under the same name: nothing tells them
    of the new one (terraform-provider-aws#21811)."""
    for context in plan.contexts:
        if context.type != "sagemaker.EndpointConfiguration" or not _keeps_name(context):
            continue
        for endpoint in plan.dependents(context.change):
            if catalog.key(endpoint.type) == "sagemaker.Endpoint" and not plan.kind_of(
                endpoint.urn
            ):
                words = (
                    f"The endpoint {endpoint.name} isn't updated, as its configuration gets the "
                    "same name again: it serves what it did, until its next update."
                )
                affected = plan.graph_after.names(endpoint.urn)
                yield Risk(Level.MEDIUM, "downtime", endpoint.urn, words, context.causes, affected)


def _keeps_name(context: ChangeContext) -> bool:
    name = context.new.get("name")
    return context.kind is Kind.REPLACE and bool(name) and context.old.get("name") == name


def _updates(context: ChangeContext, urn: str) -> bool:
    if context.change.resource.urn == urn:
        return context.kind is Kind.UPDATE and context.changed("endpointConfigName")
    if context.type not in CAUSES or context.kind not in (Kind.UPDATE, Kind.REPLACE):
        return False
    touched = {
        key
        for key in {*context.old, *context.new}
        if context.differs(context.old.get(key), context.new.get(key))
    }
    if not touched - {"tags", "tagsAll"} and context.kind is Kind.UPDATE:
        return False
    return any(resource.urn == urn for resource in context.plan.dependents(context.change))


def _just_taken_off(context: ChangeContext, urn: str) -> bool:
    """Returns whether the rollback is removed by the same change, which is reported
    itself."""
    return (
        context.change.resource.urn == urn and bool(context.old) and _missing(context.old) is None
    )


def _cause(context: ChangeContext) -> str:
    causes = "; ".join(change_text(p.path, p.old, p.new) for p in context.change.properties[:3])
    verb = "is replaced" if context.kind is Kind.REPLACE else "changes"
    return f"{context.subject} {verb}" + (f": {causes}" if causes else "")


def _missing(inputs: Mapping[str, Any]) -> tuple[str, str] | None:
    """Returns what is missing to roll a bad update back, as a clause and as a cause;
    `None` where nothing is."""
    config = at(inputs, "deploymentConfig")
    if not isinstance(config, Mapping):
        return "nothing rolls it back if the new version fails", "deploymentConfig is not set"
    if not objects(at(config, "autoRollbackConfiguration.alarms")):
        return (
            "no alarm rolls it back if the new version fails",
            "deploymentConfig.autoRollbackConfiguration has no alarms",
        )
    return None
