"""Encrypted settings that a program reads as another type than text: their values are
unknown, as the preview has no key."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pulumi
from pulumi.output import _OutputData

from groundplan.manifest.model import symbol
from groundplan.manifest.named_unknowns import NamedUnknown

TYPES = ("bool", "int", "float", "object")
METHODS = tuple(f"{verb}_secret_{kind}" for verb in ("get", "require") for kind in TYPES)


@contextmanager
def unknown() -> Iterator[None]:
    """The time in which encrypted settings that aren't text are unknown."""
    originals = {name: getattr(pulumi.Config, name) for name in METHODS}
    for name, original in originals.items():
        setattr(pulumi.Config, name, _method(original))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(pulumi.Config, name, original)


def _method(original: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: pulumi.Config, key: str, *args: Any, **kwargs: Any) -> Any:
        name = f"secret {self.full_key(key)}"
        if pulumi.runtime.get_config(self.full_key(key)) != symbol(name):
            return original(self, key, *args, **kwargs)
        return pulumi.Output._from_data(_unknown(name))

    return method


async def _unknown(name: str) -> _OutputData[Any]:
    return _OutputData(set(), NamedUnknown((name,)), False, True)
