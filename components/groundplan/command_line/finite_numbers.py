"""Numbers of options. `nan` is in every range of click's: nothing is above or below
it."""

import math
from typing import Any

import click


class FiniteRange(click.FloatRange):
    """A range of numbers, without `nan` and `inf`."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number
