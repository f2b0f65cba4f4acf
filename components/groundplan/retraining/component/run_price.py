"""What a training run costs at the most, by the known prices. Pure."""

from dataclasses import dataclass

from groundplan.facts import prices

HOUR = 3600
CENT = 0.005
"""Sums of prices that differ by less are equal."""


@dataclass(frozen=True)
class RunPrice:
    """The price of the longest run: its instances, on demand, for all the time that it
    may take. Spot instances cost less; the volumes' price, a few percent, is left
    out."""

    instance_type: str
    nodes: int
    max_runtime_seconds: int
    usd_per_hour: float
    """Of one instance."""

    @property
    def usd(self) -> float:
        """USD of the longest run."""
        return self.nodes * self.usd_per_hour * self.max_runtime_seconds / HOUR

    def __str__(self) -> str:
        hours = self.max_runtime_seconds / HOUR
        return (
            f"{self.usd:.2f} USD, {self.nodes} x {self.instance_type} at "
            f"{self.usd_per_hour:g} USD an hour for {hours:g} hours"
        )


def of_run(
    instance_type: str,
    nodes: int,
    max_runtime_seconds: int,
    *,
    region: str | None,
    usd_per_hour: float | None,
) -> RunPrice | None:
    """Returns the price of a run; `None` where it isn't known. `usd_per_hour` takes the
    place of the list price."""
    if usd_per_hour is None:
        found = prices.of(region).training_hour(instance_type)
        usd_per_hour = found.usd if found else None
    if usd_per_hour is None:
        return None
    return RunPrice(instance_type, nodes, max_runtime_seconds, usd_per_hour)
