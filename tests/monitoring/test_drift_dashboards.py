"""The dashboards of data and drift show what checks publish, and where they read it."""

import dataclasses
import datetime
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.model_monitoring.analysis import names
from groundplan.monitoring import dashboards
from groundplan.monitoring.monitoring_stack import MonitoringStack
from groundplan.testing import Plan, deploy

published = pytest.importorskip("groundplan.model_monitoring.analysis.published")
verdicts = pytest.importorskip("groundplan.model_monitoring.analysis.verdicts")

RELEASE = "kubernetes:helm.sh/v3:Release"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"


def targets(name: str) -> list[dict[str, Any]]:
    panels = json.loads(dashboards.text(name))["panels"]
    return [target for panel in panels for target in panel.get("targets", ())]


@dataclasses.dataclass
class Window:
    requests: int = 1
    rows: int = 1
    broken: Any = dataclasses.field(
        default_factory=lambda: dataclasses.make_dataclass("B", ["total"])(0)
    )


class Check:
    """A check with a verdict of each family."""

    def __init__(self) -> None:
        status = verdicts.Status.ALARM
        self.monitor, self.window, self.status = "churn", Window(), status
        self.verdicts = self.alarms = tuple(
            verdicts.Verdict(family, "x", status, "", 1, 1, value=0.5) for family in verdicts.Family
        )
        self.statuses = dict.fromkeys(verdicts.Family, status)


def test_cloudwatch_has_every_metric_and_dimension_that_panels_name() -> None:
    lines = list(published.embedded(Check(), datetime.datetime.now(datetime.UTC)))
    given = {
        (metric["Name"], frozenset(directive["Dimensions"][0]))
        for line in lines
        for directive in line["_aws"]["CloudWatchMetrics"]
        for metric in directive["Metrics"]
    }
    for target in targets(dashboards.OF_CLOUDWATCH):
        if target.get("expression"):
            (schema,) = re.findall(r"\{(.*?)\}", target["expression"])
            namespace, *dimensions = schema.split(",")
            assert namespace == names.NAMESPACE
            assert frozenset(dimensions) in {found for _, found in given}
        else:
            assert target["namespace"] == names.NAMESPACE
            assert (target["metricName"], frozenset(target["dimensions"])) in given
    (variable,) = json.loads(dashboards.text(dashboards.OF_CLOUDWATCH))["templating"]["list"]
    assert (variable["query"]["metricName"], variable["query"]["dimensionKey"]) in {
        (name, dimension) for name, found in given for dimension in found
    }


def test_alarms_of_a_check_are_on_its_dashboard() -> None:
    shown = {target.get("metricName") for target in targets(dashboards.OF_CLOUDWATCH)}
    watched = {names.DRIFT_ALARMS, names.VALUE_ALARMS, names.RECORD_ALARMS, names.QUALITY_ALARMS}
    assert watched | {names.NOT_ENOUGH_DATA} <= shown


def test_prometheus_has_every_metric_and_label_that_panels_name() -> None:
    text = published.prometheus(Check())
    given = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE)) | {names.WINDOW_END}
    used = {
        metric
        for target in targets(dashboards.OF_MODEL_CHECKS)
        for metric in re.findall(rf"{names.METRICS_PREFIX}\w+", target["expr"])
    }
    assert used == given
    kinds = set(
        re.findall(r'kind="(\w+)"', dashboards.text(dashboards.OF_MODEL_CHECKS).replace("\\", ""))
    )
    assert kinds == set(re.findall(r'kind="(\w+)"', text))


def watch(**args: Any) -> Plan:
    untyped: Any = args

    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        MonitoringStack("watch", untyped, pulumi.ResourceOptions(providers=[provider]))

    return deploy(program)


def test_grafana_in_the_cluster_reads_cloudwatch_where_it_is_set() -> None:
    plan = watch(cluster={"cluster_name": "c"}, prometheus={"cloudwatch": True})

    grafana = plan.one(RELEASE, "watch-prometheus").inputs["values"]["grafana"]
    (source,) = grafana["additionalDataSources"]
    assert (source["uid"], source["jsonData"]["defaultRegion"]) == ("cloudwatch", "us-east-1")
    identity = plan.one(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation", "watch-cluster-grafana-identity"
    ).inputs
    assert identity["serviceAccount"] == grafana["serviceAccount"]["name"]
    policy = plan.one("aws:iam/rolePolicy:RolePolicy", "watch-cluster-grafana-policy").inputs
    assert [s["Sid"] for s in json.loads(policy["policy"])["Statement"]] == [
        "ReadCloudWatchMetrics"
    ]
    release = plan.one(RELEASE, "watch-prometheus")
    assert plan.one("aws:iam/rolePolicy:RolePolicy", "watch-cluster-grafana-policy").urn in (
        release.dependencies
    )
    assert "watch-drift-dashboard" in plan.all(CONFIG_MAP)


def test_checks_of_the_cluster_have_their_dashboard_where_they_run() -> None:
    plan = watch(cluster={"cluster_name": "c", "model_checks": True})

    found = plan.all(CONFIG_MAP)
    assert "watch-drift-cluster-dashboard" in found
    assert "watch-drift-dashboard" not in found


@pytest.mark.parametrize(
    ("args", "key"),
    [
        (
            {
                "cluster": {"cluster_name": "c"},
                "prometheus": {"backend": "managed", "cloudwatch": True},
            },
            "prometheus.cloudwatch",
        ),
        (
            {"cluster": {"cluster_name": "c", "prometheus": False, "model_checks": True}},
            "cluster.model_checks",
        ),
    ],
)
def test_a_dashboard_without_a_grafana_is_refused(args: Any, key: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        watch(**args)
    assert [problem.key for problem in caught.value.problems] == [key]


@pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool is not on the PATH: the cost of a run is not computed",
)
def test_a_run_costs_its_accelerators_for_the_time_that_its_pods_run(tmp_path: Path) -> None:
    panels = json.loads(dashboards.text("training"))["panels"]
    (cost,) = [p for p in panels if p["title"].startswith("Accelerators of a run")]
    pods = 'namespace="team",pod="run-a"'
    request = f'kube_pod_container_resource_requests{{{pods},node="n",resource="nvidia_com_gpu"}}'
    series = {
        # Listed for hours after it has ended.
        request: "4x600",
        f'kube_pod_status_phase{{{pods},phase="Running"}}': "1x119 0x480",
        f'kube_pod_owner{{{pods},owner_kind="Job",owner_name="run"}}': "1x600",
        'node_gpu_hourly_cost{node="n",instance="x"}': "3x600",
    }
    case = {
        "interval": "1m",
        "input_series": [{"series": key, "values": values} for key, values in series.items()],
        "promql_expr_test": [
            {
                "expr": cost["targets"][0]["expr"],
                "eval_time": "10h",
                # Two hours of four accelerators at 3 USD.
                "exp_samples": [{"labels": '{namespace="team", owner_name="run"}', "value": 24}],
            }
        ],
    }
    (tmp_path / "tests.yaml").write_text(json.dumps({"rule_files": [], "tests": [case]}))
    command = ["promtool", "test", "rules", "tests.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
