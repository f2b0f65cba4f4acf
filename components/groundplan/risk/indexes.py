"""Global secondary indexes of a DynamoDB table that are deleted, or built again."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.diff.changes import Kind
from groundplan.risk.context import ChangeContext, objects
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import listed

PATH = "globalSecondaryIndexes"

SHAPE = ("hashKey", "rangeKey", "keySchemas", "projectionType", "nonKeyAttributes")
"""Properties that DynamoDB doesn't change in place: the provider deletes the index and
creates it again (terraform-provider-aws, dynamodb/table.go, updateDiffGSI)."""


def rebuilt(context: ChangeContext) -> Iterator[Risk]:
    """Indexes that queries fail on, for a while or for good."""
    if context.type != "dynamodb.Table" or context.kind is not Kind.UPDATE:
        return
    old, new = (_by_name(side.get(PATH)) for side in (context.old, context.new))
    gone = sorted(name for name in old if name not in new)
    other = sorted(name for name in old if name in new and _differs(old[name], new[name]))
    if gone:
        words = f"{context.subject} no longer has {_named(gone)}: queries on it fail."
        yield context.risk(Level.MEDIUM, "downtime", words, context.change_text(PATH))
    if other:
        words = (
            f"{context.subject} deletes {_named(other)} and creates it again: queries on it fail "
            "until it is filled."
        )
        yield context.risk(Level.MEDIUM, "downtime", words, context.change_text(PATH))


def _named(names: list[str]) -> str:
    return f"the index {names[0]}" if len(names) == 1 else f"each of the indexes {listed(names)}"


def _by_name(indexes: Any) -> dict[str, Mapping[str, Any]]:
    named = ((str(index.get("name")), index) for index in objects(indexes))
    return {name: index for name, index in named if "${" not in name}


def _differs(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    if bool(old.get("keySchemas")) != bool(new.get("keySchemas")):
        return False  # the same keys, it may be, in the other form
    return any(_plain(old.get(name)) != _plain(new.get(name)) for name in SHAPE)


def _plain(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, list) else value
