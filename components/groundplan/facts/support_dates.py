"""Until when versions are supported (`support-dates.csv`)."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from groundplan.facts import table


@dataclass(frozen=True)
class Support:
    """The support of a version."""

    end: datetime.date
    """The last day of standard support."""
    last: datetime.date | None
    """The last day of extended support; `None` where there is none."""


@cache
def _all() -> Mapping[tuple[str, str], Support]:
    def day(text: str) -> datetime.date | None:
        return datetime.date.fromisoformat(text) if text else None

    return {
        (row["kind"], row["version"]): Support(
            datetime.date.fromisoformat(row["end"]), day(row["last"])
        )
        for row in table.rows("support-dates.csv")
    }


def of_kubernetes(version: str) -> Support | None:
    """Returns the support of a minor version of Kubernetes on EKS; `None` if
    unknown."""
    return _all().get(("kubernetes", version))


def of_lambda(runtime: str) -> Support | None:
    """Returns the support of a Lambda runtime; `None` if unknown."""
    return _all().get(("lambda", runtime))


def of_python(version: str) -> Support | None:
    """Returns the support of a minor version of Python; `None` if unknown."""
    return _all().get(("python", version))


def kubernetes_versions() -> tuple[str, ...]:
    """Returns the known minor versions of Kubernetes, oldest first."""
    return tuple(version for kind, version in _all() if kind == "kubernetes")


def lambda_runtimes() -> tuple[str, ...]:
    """Returns the known Lambda runtimes, oldest first of each language."""
    return tuple(version for kind, version in _all() if kind == "lambda")
