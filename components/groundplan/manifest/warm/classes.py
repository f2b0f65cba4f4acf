"""The classes of provider SDKs that a run has created: the process that holds the SDKs
creates them before the next run, with the types of their properties.

Classes of installed packages only: those of a project change.
"""

import importlib
import sys
from collections.abc import Iterable, Mapping

from pulumi import _types

from groundplan.manifest import lazy_providers, observed_inputs

EVALUATED = (_types.input_type_types, _types.output_type_types, _types.resource_types)
"""The SDK's functions that evaluate the annotations of a class, once in a process."""


def created() -> dict[str, list[str]]:
    """Module -> the names that this process has created, of installed SDKs."""
    folders = observed_inputs.installed()
    return {
        name: lazy_providers.created(module)
        for name, module in list(sys.modules.items())
        if name.startswith("pulumi_")
        and (getattr(module, "__file__", "") or "").startswith(folders)
    }


def create(names: Mapping[str, Iterable[str]]) -> None:
    """Imports modules and creates names of them."""
    for module, attributes in names.items():
        try:
            imported = importlib.import_module(module)
            values = [getattr(imported, name, None) for name in attributes]
        except Exception:  # noqa: BLE001, S112 (the program itself reports it)
            continue
        for value in values:
            if isinstance(value, type):
                _evaluate(value)


def _evaluate(cls: type) -> None:
    for function in EVALUATED:
        try:
            function(cls)
        except Exception:  # noqa: BLE001, S112 (each function is for one kind of class)
            continue
