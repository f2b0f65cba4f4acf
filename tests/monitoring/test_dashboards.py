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
    "unless",
}  # fmt: skip


@cache
def watch(gpus: bool) -> Plan:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        MonitoringStack(
            "watch",
            {"cluster": {"cluster_name": "training", "gpus": gpus}},
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
        yield variable["query"]


def metrics(query: str) -> set[str]:
    """Returns the names in a query that are neither labels, values nor language."""
    bare = re.sub(r'"[^"]*"', "", query)
    bare = re.sub(r"label_values\((\w+)[^)]*\)", r"\1", bare) if "label_values" in bare else bare
    bare = re.sub(r"\{[^}]*\}", "", bare)
    bare = re.sub(r"\[[^]]*\]", "", bare)
    bare = re.sub(r"(by|on|group_left) \([^)]*\)", "", bare)
    return {SUFFIX.sub("", word) for word in WORD.findall(bare)} - LANGUAGE


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
        assert metrics(query), query
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
        re.sub(r"\$\w+", ".*", target["expr"])
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
