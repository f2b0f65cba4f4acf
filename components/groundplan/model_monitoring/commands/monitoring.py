"""`groundplan monitoring ...`: the baseline of a dataset, and the check of a window."""

import click

from groundplan.model_monitoring.commands.baseline import baseline
from groundplan.model_monitoring.commands.check import check


@click.group()
def monitoring() -> None:
    """Baselines of datasets, and checks of what a model is asked and answers.

    Needs groundplan[monitoring]; Parquet files need groundplan[parquet].
    """


monitoring.add_command(baseline)
monitoring.add_command(check)
