"""Label selectors of Kubernetes as formulas of z3, over the labels of one pod or
namespace."""

from collections.abc import Mapping
from typing import Any

import z3

from groundplan.proof.teams import listed

NAME_LABEL = "kubernetes.io/metadata.name"
"""The label that Kubernetes sets on every namespace: its name."""


class Labels:
    """The labels of one object: known, or free."""

    def __init__(self, name: str, known: Mapping[str, str] | None = None) -> None:
        self._name = name
        self._known = known

    def selected(self, selector: Any) -> Any:
        """Returns whether a selector selects the object. An empty one selects
        everything."""
        if not isinstance(selector, Mapping):
            return z3.BoolVal(False)
        labels = selector.get("matchLabels")
        expressions = selector.get("matchExpressions")
        parts = [
            self._is(str(key), [str(value)])
            for key, value in (labels.items() if isinstance(labels, Mapping) else ())
        ]
        entries = expressions if isinstance(expressions, list) else ()
        parts += [self._meets(entry) for entry in entries if isinstance(entry, Mapping)]
        return z3.And(parts)

    def _meets(self, expression: Mapping[str, Any]) -> Any:
        key, operator = str(expression.get("key")), expression.get("operator")
        values = [str(value) for value in listed(expression.get("values"))]
        if operator == "In":
            return self._is(key, values)
        if operator == "NotIn":
            return z3.Not(self._is(key, values))
        has = self._has(key)
        return z3.Not(has) if operator == "DoesNotExist" else has

    def _has(self, key: str) -> Any:
        if self._known is not None:
            return z3.BoolVal(key in self._known)
        return z3.Bool(f"{self._name} has {key}")

    def _is(self, key: str, values: list[str]) -> Any:
        if self._known is not None:
            return z3.BoolVal(self._known.get(key) in values)
        value = z3.String(f"{self._name} {key}")
        return z3.And(self._has(key), z3.Or([value == z3.StringVal(v) for v in values]))
