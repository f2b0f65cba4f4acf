"""Panels of Grafana's dashboards, by Grafana's own SDK."""

import itertools
from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders.cloudwatch import CloudWatchMetricsQuery
from grafana_foundation_sdk.builders.common import VizLegendOptions, VizTooltipOptions
from grafana_foundation_sdk.builders.dashboard import Dashboard, QueryVariable, Row, TextBoxVariable
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.timeseries import Panel
from grafana_foundation_sdk.models.cloudwatch import (
    CloudWatchQueryMode,
    MetricEditorMode,
    MetricQueryType,
)
from grafana_foundation_sdk.models.common import LegendDisplayMode, TooltipDisplayMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    VariableRefresh,
    VariableSort,
)

SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
"""By its default UID (chart values, `grafana.sidecar.datasources.uid`)."""

CLOUDWATCH = DataSourceRef(type_val="cloudwatch", uid="cloudwatch")
"""By the UID that the library gives it (`groundplan.operations.dashboards.push`, and
`groundplan.monitoring.prometheus` in a cluster)."""

REGION = "default"
"""The region of the data source."""

WIDTH, HEIGHT = 12, 8
"""The size of a panel; Grafana's grid is 24 wide."""

Query = tuple[str, str]
"""PromQL, and the legend of its series."""


def graph(title: str, unit: str, *queries: Query, description: str = "") -> Panel:
    """Returns a graph over time."""
    panel = _graph(title, unit, SOURCE, description)
    for letter, (query, legend) in zip("ABCDEFGH", queries, strict=False):
        target = Dataquery().ref_id(letter).expr(query).legend_format(legend).datasource(SOURCE)
        panel = panel.with_target(target)
    return panel


def cloudwatch_graph(
    title: str,
    unit: str,
    namespace: str,
    *metrics: tuple[str, str],
    dimensions: Mapping[str, str],
    description: str = "",
) -> Panel:
    """Returns a graph of metrics of CloudWatch, each a name and the legend of its
    series; the maximum of a period."""
    panel = _graph(title, unit, CLOUDWATCH, description)
    for letter, (metric, legend) in zip("ABCDEFGH", metrics, strict=False):
        panel = panel.with_target(
            _cloudwatch(letter, legend)
            .metric_editor_mode(MetricEditorMode.BUILDER)
            .namespace(namespace)
            .metric_name(metric)
            .dimensions(dict(dimensions))
            .match_exact(True)
            .statistic("Maximum")
        )
    return panel


def cloudwatch_search(
    title: str, unit: str, expression: str, legend: str, description: str = ""
) -> Panel:
    """Returns a graph of all metrics of CloudWatch that a search finds."""
    target = _cloudwatch("A", legend).metric_editor_mode(MetricEditorMode.CODE)
    panel = _graph(title, unit, CLOUDWATCH, description)
    return panel.with_target(target.expression(expression).namespace("").statistic("Maximum"))


def _cloudwatch(letter: str, legend: str) -> CloudWatchMetricsQuery:
    return (
        CloudWatchMetricsQuery()
        .ref_id(letter)
        .datasource(CLOUDWATCH)
        .query_mode(CloudWatchQueryMode.METRICS)
        .metric_query_type(MetricQueryType.SEARCH)
        .region(REGION)
        .period("")
        .label(legend)
    )


def _graph(title: str, unit: str, source: DataSourceRef, description: str) -> Panel:
    panel = (
        Panel()
        .title(title)
        .unit(unit)
        .min(0)
        .datasource(source)
        .span(WIDTH)
        .height(HEIGHT)
        .legend(VizLegendOptions().display_mode(LegendDisplayMode.LIST).show_legend(True))
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
    )
    return panel.description(description) if description else panel


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


def single_choice(name: str, label: str, query: str) -> QueryVariable:
    """Returns a variable that a person chooses one value of."""
    return choice(name, label, query).multi(False).include_all(False)


def cloudwatch_choice(
    name: str, label: str, namespace: str, metric: str, dimension: str
) -> QueryVariable:
    """Returns a variable that a person chooses one value of a dimension of."""
    return (
        QueryVariable(name)
        .label(label)
        .datasource(CLOUDWATCH)
        .query(
            {
                "queryType": "dimensionValues",
                "region": REGION,
                "namespace": namespace,
                "metricName": metric,
                "dimensionKey": dimension,
                "refId": f"variable-{name}",
            }
        )
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
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
