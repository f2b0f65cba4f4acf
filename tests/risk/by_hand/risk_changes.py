"""Changes written by hand, and the risks of them."""

from typing import Any

from groundplan.diff.changes import Change, Changes, Kind, PropertyChange
from groundplan.manifest.model import Manifest, Resource
from groundplan.risk.analysis import analyze
from groundplan.risk.risk import Risk


def resource(
    type_: str, name: str, depends: Any = None, /, options: Any = None, **inputs: Any
) -> Resource:
    urns = {key: (other.urn,) for key, other in (depends or {}).items()}
    every = tuple(sorted({urn for targets in urns.values() for urn in targets}))
    urn = f"urn:pulumi:dev::shop::{type_}::{name}"
    return Resource(urn, type_, name, None, True, inputs, {}, every, urns, options=options or {})


def change(
    before: Resource | None, after: Resource | None, kind: Kind = Kind.UPDATE, path: str = ""
) -> Change:
    kind = Kind.CREATE if before is None else Kind.DELETE if after is None else kind
    properties = []
    if path and before and after:
        properties = [
            PropertyChange(
                path, before.inputs.get(path), after.inputs.get(path), kind is Kind.REPLACE
            )
        ]
    return Change(kind, before, after, tuple(properties))


def risks_of(*changes: Change, also: tuple[Resource, ...] = ()) -> list[Risk]:
    """The risks of changes in a stack in which `also` doesn't change."""
    before = Manifest("shop", "dev", (*(c.before for c in changes if c.before), *also))
    after = Manifest("shop", "dev", (*(c.after for c in changes if c.after), *also))
    return analyze(Changes("base", changes, len(also)), before, after)


def stated(*changes: Change, also: tuple[Resource, ...] = ()) -> list[tuple[str, str, str]]:
    """Level, kind and sentence of each risk."""
    return [(risk.level.value, risk.kind, risk.words) for risk in risks_of(*changes, also=also)]
