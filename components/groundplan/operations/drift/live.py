"""Compares the resources of a state with an account."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.manifest.model import Resource
from groundplan.operations.drift import values
from groundplan.operations.drift.difference import Difference, Kind, NotCompared
from groundplan.operations.drift.types import DESCRIBED, READABLE
from groundplan.operations.preflight.reader import Missing, Reader, Unread

Entry = Difference | NotCompared


def compare(resource: Resource, region: str, account: Reader) -> Iterator[Entry]:
    """Yields how a resource of the state differs from the account's, and what of it was
    not compared."""
    try:
        properties, paths, with_tags = _read(resource, region, account)
    except Missing:
        yield Difference(Kind.DELETED, resource.urn)
        return
    except Unread as error:
        yield NotCompared(resource.name, str(error))
        return
    ignored = tuple(str(path) for path in resource.option("ignoreChanges") or ())
    for path, live_path in paths.items():
        recorded = values.at(resource.inputs, path)
        if path.startswith(ignored) or not values.is_comparable(recorded):
            continue
        live = values.at(properties, live_path)
        if not values.is_same(recorded, live):
            yield Difference(Kind.CHANGED, resource.urn, path, recorded, live)
    if with_tags and not any(path.startswith("tags") for path in ignored):
        yield from _tags(resource, properties)


def _read(
    resource: Resource, region: str, account: Reader
) -> tuple[Mapping[str, Any], Mapping[str, str], bool]:
    """Returns the properties of a resource in the account, which are compared, and
    whether its tags are."""
    readable = READABLE.get(resource.type)
    if readable:
        identifier = readable.identifier(resource)
        if not identifier:
            raise Unread("the state lacks its identifier")
        answer = account.read(
            "cloudcontrol",
            "get_resource",
            region=region,
            TypeName=readable.type,
            Identifier=identifier,
        )
        properties = json.loads(answer["ResourceDescription"]["Properties"])
        return properties, readable.properties, readable.tags
    described = DESCRIBED[resource.type]
    answer = account.read(
        described.service,
        described.operation,
        region=region,
        **{described.parameter: described.identifier(resource)},
    )
    found = answer[described.answer] if described.answer else answer
    return found, described.properties, False


def _tags(resource: Resource, properties: Mapping[str, Any]) -> Iterator[Entry]:
    """Tags that were changed or removed, and tags that others have added: `up` removes
    those."""
    recorded = resource.outputs.get("tagsAll") or resource.inputs.get("tags") or {}
    if not isinstance(recorded, Mapping):
        return
    live = values.tags(properties.get("Tags"))
    if live is None:
        if recorded:
            yield NotCompared(f"the tags of {resource.name}", "AWS's answer has none")
        return
    for key in sorted({*recorded, *live}):
        before, after = recorded.get(key), live.get(key)
        if before != after:
            yield Difference(Kind.CHANGED, resource.urn, f"tags.{key}", before, after)
