"""Reads the inputs of a resource that describe it best, as its catalog entry names
them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from groundplan import catalog


def summary_fields(
    type_: str, inputs: Mapping[str, Any]
) -> Iterator[tuple[str, Any, frozenset[str]]]:
    """Yields the name of each summary field, its value in short form, and the paths
    that it covers; nothing for a type whose entry has no summary."""
    entry = catalog.find(type_)
    for field in entry.summary if entry else ():
        name, _, path = field.rpartition("=")
        low, _, high = path.partition("-")
        if high:
            limits = [*_at(inputs, low), *_at(inputs, high)]
            if len(limits) == 2:
                one, other = limits
                yield name, one if one == other else f"{one}-{other}", frozenset({low, high})
            continue
        values = [_short(path, value) for value in _at(inputs, path)]
        if values:
            yield (
                name or path.rsplit(".", 1)[-1],
                values[0] if len(values) == 1 else values,
                frozenset({path}),
            )


def _at(value: Any, path: str) -> Iterator[Any]:
    key, _, rest = path.partition(".")
    name = key.removesuffix("[*]")
    if not isinstance(value, Mapping) or value.get(name) in (None, "", [], {}):
        return
    members = value[name] if key.endswith("[*]") else [value[name]]
    for member in members if isinstance(members, list) else [members]:
        if rest:
            yield from _at(member, rest)
        else:
            yield member


def _short(path: str, value: Any) -> Any:
    if path == "policyArn" and isinstance(value, str) and not value.startswith("${"):
        return value.rsplit("/", 1)[-1]
    if path == "assumeRolePolicy":
        return _trusted(value) or value
    if path == "productionVariants" and isinstance(value, list):
        return [_variant(variant) for variant in value if isinstance(variant, Mapping)]
    return value


def _variant(variant: Mapping[str, Any]) -> str:
    """`primary: 4 x ml.m5.xlarge`."""
    serverless = variant.get("serverlessConfig")
    if isinstance(serverless, Mapping):
        size = f"serverless, {serverless.get('memorySizeInMb')} MB"
    else:
        count = variant.get("initialInstanceCount", 1)
        size = f"{count} x {variant.get('instanceType', 'an unknown type')}"
    return f"{variant['variantName']}: {size}" if variant.get("variantName") else size


def _trusted(policy: Any) -> str:
    """Returns the principals that may assume a role: `sagemaker.amazonaws.com`; empty
    where the document can't be read."""
    try:
        statements = json.loads(policy)["Statement"]
    except (TypeError, ValueError, KeyError):
        return ""
    trusted: set[str] = set()
    for statement in statements if isinstance(statements, list) else [statements]:
        allows = isinstance(statement, Mapping) and statement.get("Effect") == "Allow"
        principal = statement.get("Principal", {}) if allows else {}
        for names in principal.values() if isinstance(principal, Mapping) else [principal]:
            trusted.update(map(str, names) if isinstance(names, list) else [str(names)])
    return ", ".join(sorted(trusted))
