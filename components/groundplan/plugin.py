"""The library as a Pulumi plugin: what programs in other languages, and `pulumi package
add`, get of it.

The only module that knows `pulumi.provider.experimental`, which reads the schema off
the components' annotations.

    python -m groundplan.plugin components/schema.json
"""

import inspect
import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args, is_typeddict

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.analyzer import PropertyDefinition
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

import groundplan
from groundplan import docstrings
from groundplan.arguments import InvalidArguments, camel_case, hints_of

NAME = "groundplan"


def components() -> list[type[pulumi.ComponentResource]]:
    """Every component of `groundplan.__all__`."""
    offered = [getattr(groundplan, name) for name in groundplan.__all__]
    return [
        found
        for found in offered
        if isinstance(found, type) and issubclass(found, pulumi.ComponentResource)
    ]


class Plugin(ComponentProvider):
    """Describes the components to the engine, and constructs them for it."""

    schema: str

    def __init__(self) -> None:
        super().__init__(components(), NAME, version=version(NAME))
        self.schema = _tidy(_with_inherited(json.loads(self.schema)))

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        """Registers a component. What is wrong with its arguments is an answer to the
        caller, not a crash of the plugin."""
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as raised:
            if isinstance(raised.inner, InvalidArguments):
                raise InputPropertiesError(
                    str(raised.inner), []
                ) from raised  # the SDK trips over None in place of []
            raise

    def map_input_properties(
        self,
        inputs: pulumi.Inputs,
        properties: dict[str, PropertyDefinition],
        mapping: dict[str, str],
        component_name: str,
        property_path: str,
    ) -> pulumi.Inputs:
        """The SDK takes each member of a list of enums (3.272) for an object, and makes
        `{}` of it: they stay as they are."""
        mapped = dict(
            super().map_input_properties(inputs, properties, mapping, component_name, property_path)
        )
        for key, definition in properties.items():
            listed = (
                definition.items
                and definition.items.ref
                and self.get_type_definition(definition.items)
            )
            if listed and listed.enum and inputs.get(key) is not None:
                mapped[mapping[key]] = inputs[key]
        return mapped


def serve() -> None:
    """Answers the engine until it ends us."""
    main(Plugin(), sys.argv[1:])


def _with_inherited(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns the schema with the descriptions of the keys that a TypedDict inherits:
    the SDK reads those of the type itself only."""
    for component in components():
        resource = schema["resources"][f"{NAME}:index:{component.__name__}"]
        for spec in _nested(inspect.signature(component).parameters["args"].annotation):
            nested = schema["types"].get(f"{NAME}:index:{spec.__name__}", {})
            own = spec.__name__ == f"{component.__name__}Args"
            properties = resource["inputProperties"] if own else nested.get("properties", {})
            for key, text in docstrings.of_fields(spec).items():
                properties.get(camel_case(key), {}).setdefault("description", text)
    return schema


def _nested(hint: Any) -> Iterator[Any]:
    """Returns the TypedDicts in a type."""
    if is_typeddict(hint):
        yield hint
        for inner in hints_of(hint).values():
            yield from _nested(inner)
    for inner in get_args(hint):
        yield from _nested(inner)


def _tidy(schema: dict[str, Any]) -> str:
    """Returns the schema with names that the other languages' generators make the best
    of; none of them goes over the wire.

    - Nested types end in `Args` there by themselves: ours would be `LifecycleArgsArgs`.
    - Members of enums are expected as `PerZone`: `PER_ZONE` becomes `PE_R_ZONE`.
    - Docstrings lose their indentation, which Markdown takes for code, and which Python
      has dropped itself since 3.13.
    """
    for definition in schema["types"].values():
        for member in definition.get("enum", ()):
            member["name"] = "".join(word.capitalize() for word in member["name"].split("_"))
    text = json.dumps(_dedented(schema), indent=2, ensure_ascii=False)
    return re.sub(rf'({NAME}:index:\w+)Args"', r'\1"', text) + "\n"


def _dedented(node: Any) -> Any:
    if isinstance(node, list):
        return [_dedented(item) for item in node]
    if isinstance(node, dict):
        return {key: _dedented(value) for key, value in node.items() if value is not None}
    return inspect.cleandoc(node) if isinstance(node, str) else node


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(Plugin().schema, encoding="utf-8")
