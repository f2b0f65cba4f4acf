"""What is known of resource types: one entry for each, one file for each AWS service or
Kubernetes API group.

An entry says what a type is called, which inputs describe it, whether it stores data,
what its deletion or replacement interrupts, and how it is priced. The tree of a
preview, the risk analysis, the cost estimate and the policy rules look types up here.
To add a type, add a `ResourceType` to the `TYPES` of its service's file.
"""

import pkgutil
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib import import_module

from groundplan.catalog import aws, kubernetes, packages
from groundplan.catalog.resource_type import Free as Free
from groundplan.catalog.resource_type import Priced as Priced
from groundplan.catalog.resource_type import ResourceType, derived_name, key_of, without_version
from groundplan.catalog.resource_type import Unpriced as Unpriced


class Catalog:
    """Resource types by their tokens."""

    def __init__(self, types: Iterable[ResourceType]) -> None:
        self.types = tuple(types)

    def find(self, token: str) -> ResourceType | None:
        """Returns the entry of a type token, of any version of its provider and of
        packages that wrap it; `None` if there is none."""
        return self.by_token(token) or self._by_key.get(key_of(token))

    def by_token(self, token: str) -> ResourceType | None:
        """Returns the entry that has this token, whose inputs are shaped as the entry
        describes them; `None` if there is none."""
        return self._by_token.get(token) or self._by_token.get(without_version(token))

    def key(self, token: str) -> str:
        """Returns the module and name of a type, whichever provider and version its
        token is of: `s3.Bucket`."""
        entry = self.find(token)
        return entry.key if entry else key_of(token)

    def name(self, token: str) -> str:
        """Returns the display name of a type: `encryption key`."""
        entry = self.find(token)
        return entry.name if entry else derived_name(token)

    def cost(self, token: str) -> Priced | Free | Unpriced:
        """Returns how a type is priced; `Unpriced` where that isn't known."""
        entry = self.by_token(token)
        if entry:
            return entry.cost
        reason = packages.free_reason(token)
        return Free(reason) if reason else Unpriced()

    @cached_property
    def _by_token(self) -> dict[str, ResourceType]:
        return {token: entry for entry in self.types for token in entry.tokens}

    @cached_property
    def _by_key(self) -> dict[str, ResourceType]:
        by_key: dict[str, ResourceType] = {}
        for entry in self.types:
            for key in (*map(key_of, entry.tokens), *entry.aliases):
                by_key.setdefault(key, entry)
        return by_key


def _types() -> Iterator[ResourceType]:
    """Yields the entries of all files, in the files' order."""
    for package in (aws, kubernetes):
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
            yield from import_module(f"{package.__name__}.{module.name}").TYPES


CATALOG = Catalog(_types())


def find(token: str) -> ResourceType | None:
    """Returns the entry of a type token; `None` if there is none."""
    return CATALOG.find(token)


def by_token(token: str) -> ResourceType | None:
    """Returns the entry that has exactly this token, or this token without a
    version."""
    return CATALOG.by_token(token)


def key(token: str) -> str:
    """Returns the module and name of a type: `s3.Bucket`, `kubernetes.Deployment`."""
    return CATALOG.key(token)


def display_name(token: str) -> str:
    """Returns the display name of a type: `encryption key`."""
    return CATALOG.name(token)


def cost(token: str) -> Priced | Free | Unpriced:
    """Returns how a type is priced; `Unpriced` where that isn't known."""
    return CATALOG.cost(token)
