"""Grafana's dashboards: as the generator writes them, with metrics that exist, and
installed where Grafana finds them."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from exporters import METRICS
from groundplan.monitoring import dashboards, gpu_health
from groundplan.monitoring.monitoring_stack import MonitoringStack
from groundplan.testing import Plan, deploy

ROOT = Path(__file__).parents[2]
NAMES = tuple(dashboards.names())
OF_CLOUDWATCH = (dashboards.OF_CLOUDWATCH,)
OF_PROMETHEUS = tuple(name for name in NAMES if name not in OF_CLOUDWATCH)
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
WORD = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
SUFFIX = re.compile(r"_(bucket|count|sum)$")
# What PromQL says with words.
LANGUAGE = {
    "and", "avg", "by", "count", "histogram_quantile", "increase", "label_replace", "label_values",
    "group_left", "max", "max_over_time", "on", "or", "rate", "sum", "sum_over_time", "time",
    "unless", "vector",
}  # fmt: skip


@cache
def watch(gpus: bool, **more: Any) -> Plan:
    args: Any = {"cluster": {"cluster_name": "training", "gpus": gpus, **more}}

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        MonitoringStack(
            "watch",
            args,
            pulumi.ResourceOptions(providers=[provider]),
        )

    return deploy(program)


def panels(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(dashboards.text(name))["panels"]
    return found


def queries(name: str) -> Iterator[str]:
    for panel in panels(name):
        yield from (target["expr"] for target in panel.get("targets", ()))
    for variable in json.loads(dashboards.text(name))["templating"].get("list", ()):
        if variable["type"] == "query":
            yield variable["query"]


def metrics(query: str) -> set[str]:
    """Returns the names in a query that are neither labels, values nor language."""
    bare = re.sub(r'"[^"]*"', "", query)
    bare = re.sub(r"label_values\((\w+)[^)]*\)", r"\1", bare) if "label_values" in bare else bare
    bare = re.sub(r"\{[^}]*\}", "", bare)
    bare = re.sub(r"\[[^]]*\]", "", bare)
    bare = re.sub(r"(by|on|group_left) \([^)]*\)", "", bare)
    bare = re.sub(r"\$\w+", "", bare)
    words = WORD.findall(bare)
    return {w if w in METRICS else SUFFIX.sub("", w) for w in words} - LANGUAGE


def test_the_files_are_what_grafanas_sdk_builds() -> None:
    pytest.importorskip("grafana_foundation_sdk")
    sys.path.insert(0, str(ROOT / "tools" / "dashboards"))
    try:
        import generate_dashboards

        written = generate_dashboards.files()
    finally:
        sys.path.pop(0)
    assert {file.stem for file in written} == set(NAMES)
    for file, text in written.items():
        assert file.read_text() == text, f"run `make dashboards`: {file.name} is not up to date"


@pytest.mark.parametrize("name", OF_PROMETHEUS)
def test_every_metric_is_one_that_an_exporter_gives(name: str) -> None:
    exported = METRICS | {line.split(",")[0] for line in gpu_health.METRICS.splitlines()}
    for query in queries(name):
        assert metrics(query) or "vector($" in query, query
        assert metrics(query) <= exported, query


@pytest.mark.parametrize("name", NAMES)
def test_panels_have_titles_units_and_ids_of_their_own(name: str) -> None:
    found = panels(name)
    assert len({panel["id"] for panel in found}) == len(found)
    assert len({panel["title"] for panel in found}) == len(found)
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in found]
    assert len(set(places)) == len(places)
    for panel in found:
        if panel["type"] != "row":
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
            source = "cloudwatch" if name in OF_CLOUDWATCH else "prometheus"
            assert panel["datasource"] == {"type": source, "uid": source}
            assert {t["datasource"]["uid"] for t in panel["targets"]} == {source}


def test_runbooks_that_panels_name_exist() -> None:
    named = {
        file
        for name in NAMES
        for file in re.findall(r"docs/runbooks/[a-z-]+\.md", dashboards.text(name))
    }
    assert named
    assert [file for file in sorted(named) if not (ROOT / file).is_file()] == []


def test_grafana_discovers_the_dashboards_of_the_cluster() -> None:
    found = watch(gpus=False).all(CONFIG_MAP)
    assert set(found) == {f"watch-{name}-dashboard" for name in dashboards.OF_EVERY_CLUSTER}
    for name in dashboards.OF_EVERY_CLUSTER:
        config = found[f"watch-{name}-dashboard"]
        assert config.inputs["metadata"] == {
            "name": f"groundplan-{name}-dashboard",
            "namespace": "monitoring",
            "labels": {"grafana_dashboard": "1"},
        }
        kubernetes_validate.validate(dict(config.inputs), "1.36", strict=True)
        assert config.inputs["data"] == {f"groundplan-{name}.json": dashboards.text(name)}


def test_a_cluster_with_gpus_has_their_dashboard_too() -> None:
    assert f"watch-{dashboards.OF_GPUS}-dashboard" in watch(gpus=True).all(CONFIG_MAP)


def test_a_cluster_with_opencost_has_the_dashboard_of_spending_with_its_ceiling() -> None:
    config = watch(gpus=False, open_cost=True, max_usd_per_hour=12.5).one(
        CONFIG_MAP, "watch-spending-dashboard"
    )
    shown = json.loads(config.inputs["data"]["groundplan-spending.json"])
    (ceiling,) = (v for v in shown["templating"]["list"] if v["name"] == dashboards.CEILING)
    assert ceiling["type"] == "textbox"
    assert (ceiling["query"], ceiling["current"]["value"]) == ("12.5", "12.5")
    assert "watch-spending-dashboard" not in watch(gpus=True).all(CONFIG_MAP)


def test_the_label_that_nodes_are_grouped_by_is_exported() -> None:
    values = (
        watch(gpus=False).one("kubernetes:helm.sh/v3:Release", "watch-prometheus").inputs["values"]
    )
    assert values["kube-state-metrics"] == {
        "metricLabelsAllowlist": ["nodes=[node.kubernetes.io/instance-type]"]
    }


@pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool is not on the PATH: the queries of dashboards are not checked",
)
def test_prometheus_accepts_the_queries(tmp_path: Path) -> None:
    exprs = [
        re.sub(r"\$\w+", ".*", target["expr"].replace("vector($ceiling)", "vector(1)"))
        for name in OF_PROMETHEUS
        for panel in panels(name)
        for target in panel.get("targets", ())
    ]
    rules = [{"record": f"dashboard:query{n}", "expr": expr} for n, expr in enumerate(exprs)]
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps({"groups": [{"name": "dashboards", "rules": rules}]}))
    command = ["promtool", "check", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def expr(title: str) -> str:
    (panel,) = (p for p in panels(dashboards.OF_SPENDING) if p["title"] == title)
    text = str(panel["targets"][0]["expr"])
    return text.replace("$namespace", ".*").replace("$ceiling", "10")


@pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool is not on the PATH: the sums of the dashboard of spending are not checked",
)
def test_the_dashboard_of_spending_adds_up(tmp_path: Path) -> None:
    # A node of 4 cores, 16 GiB and 2 GPUs for 0.4 + 0.32 + 2 USD, and one of 2 cores
    # and 8 GiB for 0.2 + 0.16 USD. Vision holds a GPU, a core and 4 GiB; text half a
    # core.
    series = {
        'node_total_hourly_cost{node="g", instance_type="gpu"}': 2.72,
        'node_total_hourly_cost{node="c", instance_type="cpu"}': 0.36,
        'node_cpu_hourly_cost{node="g"}': 0.1,
        'node_cpu_hourly_cost{node="c"}': 0.1,
        'node_ram_hourly_cost{node="g"}': 0.02,
        'node_ram_hourly_cost{node="c"}': 0.02,
        'node_gpu_hourly_cost{node="g"}': 1.0,
        'node_gpu_hourly_cost{node="c"}': 0,
        'node_gpu_count{node="g", instance_type="gpu"}': 2,
        'node_gpu_count{node="c", instance_type="cpu"}': 0,
        'container_cpu_allocation{node="g", namespace="vision", pod="a"}': 1,
        'container_cpu_allocation{node="c", namespace="text", pod="b"}': 0.5,
        'container_memory_allocation_bytes{node="g", namespace="vision", pod="a"}': 4 * 2**30,
        'container_memory_allocation_bytes{node="c", namespace="text", pod="b"}': 0,
        'container_gpu_allocation{node="g", namespace="vision", pod="a"}': 1,
    }
    expected = {
        "Teams, USD an hour": {'{namespace="vision"}': 1.18, '{namespace="text"}': 0.05},
        "Accelerators of teams, USD an hour": {'{namespace="vision"}': 1.0},
        "Share of nodes that nobody asked for": {"{}": 1 - 1.23 / 3.08},
        "Share of accelerators that nobody holds": {"{}": 0.5},
        "Share of the ceiling": {"{}": 0.308},
        "Accelerators, by instance type, USD an hour": {
            '{instance_type="gpu"}': 2.0,
            '{instance_type="cpu"}': 0.0,
        },
    }
    unit = {
        "rule_files": [],
        "fuzzy_compare": True,
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": s, "values": f"{v}x2"} for s, v in series.items()],
                "promql_expr_test": [
                    {
                        "expr": expr(title),
                        "eval_time": "1m",
                        "exp_samples": [{"labels": k, "value": v} for k, v in samples.items()],
                    }
                    for title, samples in expected.items()
                ],
            }
        ],
    }
    file = tmp_path / "spending.yaml"
    file.write_text(json.dumps(unit))
    command = ["promtool", "test", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
