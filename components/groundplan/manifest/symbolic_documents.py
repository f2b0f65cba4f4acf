"""JSON and YAML of text with symbols, in callbacks: a document is read where its
symbols are inside of strings, and written as it is."""

import json
from collections.abc import Callable
from typing import Any

import yaml

from groundplan.manifest.symbolic_callback import give_up, running
from groundplan.manifest.symbolic_text import SymbolicText, plain_text


def loads(original: Callable[..., Any], marked: Callable[[Any], Any]) -> Callable[..., Any]:
    """`json.loads` that also reads text with symbols; `marked` marks those in the
    result."""

    def json_loads(text: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(text, SymbolicText) or not running():
            return original(text, *args, **kwargs)
        try:
            return marked(original(plain_text(text), *args, **kwargs))
        except json.JSONDecodeError:
            return give_up("reads JSON that isn't known")

    return json_loads


def _represented(dumper: Any, text: SymbolicText) -> Any:
    return dumper.represent_str(plain_text(text))


for _representer in (yaml.representer.SafeRepresenter, yaml.representer.Representer):
    _representer.add_representer(SymbolicText, _represented)
