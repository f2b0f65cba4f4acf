"""Which level of delivery a stack meets, and what it lacks for the declared one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.delivery_levels.choices import DeliveryLevel
from groundplan.delivery_levels.demand import Demand, Repository, Shortfall
from groundplan.delivery_levels.demands import DEMANDS, SEALED_APPROVAL
from groundplan.manifest.model import Manifest

EXPORT = "deliveryLevel"
"""The stack output in which a program declares its level: the settings of an
environment, or `pulumi.export` in any other program."""


@dataclass(frozen=True)
class Assessed:
    """A demand, and why it is not met."""

    demand: Demand
    shortfalls: tuple[Shortfall, ...]

    @property
    def is_met(self) -> bool:
        return not self.shortfalls


@dataclass(frozen=True)
class Assessment:
    """The demands of all levels for one stack."""

    declared: DeliveryLevel | None
    """The level that the stack declares."""
    assessed: tuple[Assessed, ...]
    unknown: object = None
    """What the stack declares, where that is no level."""

    @property
    def met(self) -> DeliveryLevel | None:
        """The highest level whose demands, and those of the levels before, are met;
        `None` where not even the first is."""
        best = None
        for level in DeliveryLevel:
            if any(item.demand.level is level and not item.is_met for item in self.assessed):
                break
            best = level
        return best

    def unmet(self, level: DeliveryLevel) -> list[Assessed]:
        """The demands of a level, and of those before, that are not met."""
        return [
            item
            for item in self.assessed
            if not item.is_met and item.demand.level.number <= level.number
        ]

    @property
    def lacking(self) -> list[Assessed]:
        """What the declared level demands and the stack lacks."""
        return self.unmet(self.declared) if self.declared else []

    @property
    def next_level(self) -> DeliveryLevel | None:
        """The level after the one that is met; `None` after the last."""
        levels = list(DeliveryLevel)
        number = self.met.number + 1 if self.met else 0
        return levels[number] if number < len(levels) else None

    def to_data(self) -> dict[str, Any]:
        """The assessment as data for JSON."""
        return {
            "declared": self.declared.value if self.declared else None,
            "met": self.met.value if self.met else None,
            "demands": [
                {
                    "name": item.demand.name,
                    "level": item.demand.level.value,
                    "summary": item.demand.summary,
                    "met": item.is_met,
                    "fix": "" if item.is_met else item.demand.fix,
                    "shortfalls": [
                        {"reason": one.reason, "urn": one.urn} for one in item.shortfalls
                    ],
                }
                for item in self.assessed
            ],
        }


def assess(manifest: Manifest, repository: Repository) -> Assessment:
    """The demands of all levels for a stack."""
    level = level_of(manifest.outputs)
    assessed = tuple(
        Assessed(demand, tuple(_shortfalls(demand, manifest, repository, level)))
        for demand in DEMANDS
    )
    return Assessment(level, assessed, None if level else manifest.outputs.get(EXPORT))


def _shortfalls(
    demand: Demand, manifest: Manifest, repository: Repository, level: DeliveryLevel | None
) -> Iterator[Shortfall]:
    if demand.of_manifest:
        yield from demand.of_manifest(manifest)
    if demand.of_repository:
        yield from demand.of_repository(repository)
    # A program can export a level that `groundplan up` doesn't read.
    reads_none = level is not None and level.requires_approval and not repository.approves
    if demand.name == SEALED_APPROVAL and level is not None and reads_none:
        words = f"{level.value} is exported, and delivery.level of Pulumi.{repository.stack}.yaml"
        yield Shortfall(f"{words} is not: `groundplan up` asks for no approval")


def level_of(outputs: Mapping[str, Any]) -> DeliveryLevel | None:
    """The level in a stack's outputs; `None` where there is none, or no such level."""
    value = outputs.get(EXPORT)
    return next((level for level in DeliveryLevel if level.value == value), None)
