"""Panels of Grafana's dashboards, by Grafana's own SDK."""

import itertools
from collections.abc import Sequence

from grafana_foundation_sdk.builders.common import VizLegendOptions, VizTooltipOptions
from grafana_foundation_sdk.builders.dashboard import Dashboard, QueryVariable, Row, TextBoxVariable
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.timeseries import Panel
from grafana_foundation_sdk.models.common import LegendDisplayMode, TooltipDisplayMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    VariableRefresh,
    VariableSort,
)

SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
"""By its default UID (chart values, `grafana.sidecar.datasources.uid`)."""

WIDTH, HEIGHT = 12, 8
"""The size of a panel; Grafana's grid is 24 wide."""

Query = tuple[str, str]
"""PromQL, and the legend of its series."""


def graph(title: str, unit: str, *queries: Query, description: str = "") -> Panel:
    """Returns a graph over time."""
    panel = (
        Panel()
        .title(title)
        .unit(unit)
        .min(0)
        .datasource(SOURCE)
        .span(WIDTH)
        .height(HEIGHT)
        .legend(VizLegendOptions().display_mode(LegendDisplayMode.LIST).show_legend(True))
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
    )
    if description:
        panel = panel.description(description)
    for letter, (query, legend) in zip("ABCDEFGH", queries, strict=False):
        target = Dataquery().ref_id(letter).expr(query).legend_format(legend).datasource(SOURCE)
        panel = panel.with_target(target)
    return panel


def choice(name: str, label: str, query: str) -> QueryVariable:
    """Returns a variable that a person chooses values of; at first all."""
    return (
        QueryVariable(name)
        .label(label)
        .datasource(SOURCE)
        .query(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
    )


def number(name: str, label: str) -> TextBoxVariable:
    """Returns a variable that a person types a number into; at first 0."""
    return TextBoxVariable(name).label(label).default_value("0")


def dashboard(
    uid: str,
    title: str,
    rows: Sequence[tuple[str, Sequence[Panel]]],
    *variables: QueryVariable | TextBoxVariable,
) -> Dashboard:
    """Returns a dashboard of rows of panels, which nobody edits in Grafana."""
    found = (
        Dashboard(title)
        .uid(uid)
        .tags(["groundplan"])
        .readonly()
        .time("now-6h", "now")
        .refresh("1m")
        .tooltip(DashboardCursorSync.CROSSHAIR)
    )
    for variable in variables:
        found = found.with_variable(variable)
    # Links and annotations refer to IDs, which have to be unique.
    numbers = itertools.count(1)
    for row, panels in rows:
        found = found.with_row(Row(row).id(next(numbers)))
        for panel in panels:
            found = found.with_panel(panel.id(next(numbers)))
    return found
