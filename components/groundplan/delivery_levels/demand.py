"""A demand of a level."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from groundplan.delivery_levels.choices import DeliveryLevel
from groundplan.manifest.model import Manifest


@dataclass(frozen=True)
class Shortfall:
    """One reason why a demand is not met."""

    reason: str
    """`endpoint churn-endpoint has no gates`."""
    urn: str = ""
    """The resource that it is about; empty where it is the stack or the repository."""


@dataclass(frozen=True)
class Repository:
    """What the repository of a program says of its delivery."""

    stack: str
    pipelines: Mapping[str, str]
    """Path of a pipeline's file -> its text."""
    has_settings: bool
    """Whether the stack's file is there."""
    approves: bool = True
    """Whether `groundplan up` of the stack needs an approval, by its settings."""


@dataclass(frozen=True)
class Demand:
    """What a level demands."""

    name: str
    """`rollback-by-alarm`: reports and policy findings name it."""
    level: DeliveryLevel
    """The lowest level that demands it."""
    summary: str
    """The demand, as a sentence."""
    fix: str
    """What to do, in the imperative."""
    of_manifest: Callable[[Manifest], Iterable[Shortfall]] | None = None
    """Returns why a program does not meet it; `None` where the repository decides."""
    of_repository: Callable[[Repository], Iterable[Shortfall]] | None = None
    """Returns why a repository does not meet it; `None` where the program decides."""
