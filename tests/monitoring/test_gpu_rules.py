"""The alert rules, tested by Prometheus' promtool if it is on the PATH (`go
build ./cmd/promtool`)."""

import json
import pathlib
import re
import shutil
import subprocess
from dataclasses import replace
from typing import Any

import pytest
from groundplan.kubernetes.alert_rules import AlertRule, AlertSeverity, groups
from groundplan.monitoring import gpu_health, gpu_rules, training_rules
from groundplan.monitoring.prometheus import rules, runbooks
from groundplan.monitoring.spec import Alerts

WITHOUT_GPUS = Alerts(gpus=False, max_wait_minutes=30, runbooks_url="")
GPUS = replace(WITHOUT_GPUS, gpus=True)

PROMTOOL = shutil.which("promtool")

ALL = (
    *gpu_rules.RULES,
    *training_rules.NODES,
    *training_rules.CAPACITY,
    *training_rules.queues(30),
)

JOB = 'node="n1", gpu="3", namespace="team", pod="job-0"'


def test_a_rule_as_prometheus_defines_it() -> None:
    rule = AlertRule("A", "up == 0", 5, AlertSeverity.WARNING, "short", "long", "a.md")

    assert rule.rule("") == {
        "alert": "A",
        "expr": "up == 0",
        "for": "5m",
        "labels": {"severity": "warning"},
        "annotations": {"summary": "short", "description": "long", "runbook": "docs/runbooks/a.md"},
    }
    assert (
        rule.rule("https://wiki/runbooks/")["annotations"]["runbook_url"]
        == "https://wiki/runbooks/a.md"
    )


def test_each_group_is_an_object_of_its_own() -> None:
    rule = AlertRule("A", "up == 0", 5, AlertSeverity.WARNING, "short", "long", "a.md")

    assert groups({"nodes": [rule]}, "") == {
        "nodes": {"groups": [{"name": "groundplan-nodes", "rules": [rule.rule("")]}]}
    }


def test_names_are_unique_and_every_alert_has_texts_and_a_runbook() -> None:
    assert len({rule.name for rule in ALL}) == len(ALL)
    for rule in ALL:
        assert re.fullmatch(r"[A-Z][A-Za-z]+", rule.name)
        assert rule.summary
        assert rule.runbook.endswith(".md")
        assert "$labels" in rule.description or "$value" in rule.description
        assert "{{{" not in rule.description


@pytest.mark.parametrize("name", ["GpuBroken", "GpuMemoryBroken", "NodeNotRepaired"])
def test_failures_are_critical(name: str) -> None:
    assert {rule.name: rule.severity for rule in ALL}[name] is AlertSeverity.CRITICAL


def test_every_xid_has_one_meaning() -> None:
    lists = (gpu_rules.BROKEN, gpu_rules.APPLICATION, gpu_rules.CONTAINED)

    assert len({xid for numbers in lists for xid in numbers}) == sum(
        len(numbers) for numbers in lists
    )
    assert 43 in gpu_rules.APPLICATION
    assert {48, 63, 64, 74, 79, 95, 119, 120, 140} <= set(gpu_rules.BROKEN)


def test_every_gpu_metric_of_an_alert_is_exported() -> None:
    exported = {line.split(",")[0] for line in gpu_health.METRICS.splitlines()}
    asked = {
        metric for rule in gpu_rules.RULES for metric in re.findall(r"DCGM_[A-Z_]+", rule.expr)
    }

    assert asked
    assert asked <= exported


def test_alerts_on_gpus_require_gpus() -> None:
    assert set(rules(WITHOUT_GPUS)) == {"capacity", "nodes", "queues"}
    assert set(rules(GPUS)) == {"capacity", "gpus", "nodes", "queues"}
    assert runbooks(GPUS) - runbooks(WITHOUT_GPUS) == {
        "gpu-errors.md",
        "gpu-hot.md",
        "gpu-idle.md",
        "gpu-metrics.md",
    }
    assert {
        "cluster-alerts.md",
        "queue-waiting.md",
        "node-broken.md",
        "capacity-shortage.md",
    } == runbooks(WITHOUT_GPUS)


def test_the_argument_sets_how_long_jobs_may_wait() -> None:
    found = {rule.name: rule for rule in training_rules.queues(90)}

    assert found["QueueStandsStill"].minutes == 90
    assert found["JobsWaitLong"].expr.endswith("> 5400")


def case(
    series: dict[str, str], at: str, alert: str, expected: list[dict[str, str]]
) -> dict[str, Any]:
    """Returns a test of promtool: series by name, and the labels of all alerts of one
    name at a time."""
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": [
            {
                "eval_time": at,
                "alertname": alert,
                "exp_alerts": [{"exp_labels": labels} for labels in expected],
            }
        ],
    }


RESOURCE = 'resource="nvidia_com_gpu", unit="integer"'
XID = "DCGM_EXP_XID_ERRORS_COUNT"
IDLE = {"severity": "warning", "node": "n1", "namespace": "team", "pod": "job-0"}
OF_THE_JOB = {"node": "n1", "gpu": "3", "namespace": "team", "pod": "job-0"}
WAITING = 'kueue_pending_workloads{cluster_queue="q", status="active", replica_role="leader"}'
ADMITTED = 'kueue_admitted_workloads_total{cluster_queue="q", replica_role="leader"}'
BUCKETS = {
    f'kueue_admission_wait_time_seconds_bucket{{cluster_queue="q", le="{le}"}}': le
    for le in ("640", "5120", "+Inf")
}

CASES = {
    "a broken GPU at once, and a quarter of an hour later": [
        case(
            {f'{XID}{{{JOB}, xid="79"}}': "0 1 1 0x60"},
            "1m",
            "GpuBroken",
            [{"severity": "critical", "xid": "79", **OF_THE_JOB}],
        ),
        case({f'{XID}{{{JOB}, xid="79"}}': "0 1 1 0x60"}, "40m", "GpuBroken", []),
    ],
    "an error of a program breaks no GPU": [
        case({f'{XID}{{{JOB}, xid="43"}}': "1x60"}, "30m", "GpuBroken", []),
        case(
            {f'{XID}{{{JOB}, xid="43"}}': "1x60"},
            "30m",
            "GpuApplicationError",
            [{"severity": "info", "xid": "43", **OF_THE_JOB}],
        ),
    ],
    "memory that could not be remapped": [
        case(
            {
                f"DCGM_FI_DEV_ROW_REMAP_FAILURE{{{JOB}}}": "1x10",
                f"DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{{{JOB}}}": "0x10",
            },
            "5m",
            "GpuMemoryBroken",
            [{"severity": "critical", "node": "n1", "gpu": "3"}],
        )
    ],
    "a job that has been idle for half an hour": [
        case({f"DCGM_FI_DEV_GPU_UTIL{{{JOB}}}": "2x120"}, "40m", "GpuIdle", [IDLE]),
    ],
    "a job that has just begun is not idle yet": [
        case({f"DCGM_FI_DEV_GPU_UTIL{{{JOB}}}": "0x120"}, "25m", "GpuIdle", []),
    ],
    "a busy GPU, and one that nobody has": [
        case({f"DCGM_FI_DEV_GPU_UTIL{{{JOB}}}": "97x120"}, "60m", "GpuIdle", []),
        case({'DCGM_FI_DEV_GPU_UTIL{node="n1", gpu="4"}': "0x120"}, "60m", "GpuIdle", []),
    ],
    "a GPU that is slowed by heat, and one that runs at its power limit": [
        case(
            {f'DCGM_EXP_CLOCK_EVENTS_COUNT{{{JOB}, clock_event="hw_thermal"}}': "9x60"},
            "20m",
            "GpuSlowed",
            [{"severity": "warning", "clock_event": "hw_thermal", **OF_THE_JOB}],
        ),
        case(
            {f'DCGM_EXP_CLOCK_EVENTS_COUNT{{{JOB}, clock_event="power_cap"}}': "9x60"},
            "20m",
            "GpuSlowed",
            [],
        ),
    ],
    "a hot GPU": [
        case(
            {f"DCGM_FI_DEV_GPU_TEMP{{{JOB}}}": "95x60"},
            "15m",
            "GpuHot",
            [{"severity": "warning", **OF_THE_JOB}],
        ),
    ],
    "a node whose GPUs have no metrics": [
        case(
            {
                f'kube_node_status_capacity{{node="n1", {RESOURCE}}}': "8x60",
                f'kube_node_status_capacity{{node="n2", {RESOURCE}}}': "8x60",
                'DCGM_FI_DEV_GPU_TEMP{node="n2", gpu="0"}': "40x60",
            },
            "30m",
            "GpuMetricsMissing",
            [{"severity": "warning", "node": "n1"}],
        )
    ],
    "a node that is not repaired": [
        case(
            {
                'kube_node_status_condition{node="n1", '
                'condition="AcceleratedHardwareReady", status="false"}': "1x60"
            },
            "50m",
            "NodeNotRepaired",
            [{"severity": "critical", "node": "n1", "condition": "AcceleratedHardwareReady"}],
        ),
        case(
            {
                'kube_node_status_condition{node="n1", '
                'condition="KernelReady", status="true"}': "1x60"
            },
            "50m",
            "NodeBroken",
            [],
        ),
    ],
    "a queue that admits nothing": [
        case(
            {WAITING: "3x60", ADMITTED: "5x60"},
            "35m",
            "QueueStandsStill",
            [{"severity": "warning", "cluster_queue": "q"}],
        ),
        case(
            {WAITING: "3x60"},
            "35m",
            "QueueStandsStill",
            [{"severity": "warning", "cluster_queue": "q"}],
        ),
    ],
    "a queue that admits jobs now and then, and one without pending jobs": [
        case({WAITING: "3x60", ADMITTED: "0+1x60"}, "35m", "QueueStandsStill", []),
        case({WAITING: "0x60", ADMITTED: "5x60"}, "35m", "QueueStandsStill", []),
    ],
    "the counts of a follower are ignored": [
        case({WAITING.replace("leader", "follower"): "3x60"}, "35m", "QueueStandsStill", []),
    ],
    "jobs that waited for more than an hour": [
        case(
            {name: "0x120" if le == "640" else "0+1x120" for name, le in BUCKETS.items()},
            "90m",
            "JobsWaitLong",
            [{"severity": "warning", "cluster_queue": "q"}],
        ),
        case(dict.fromkeys(BUCKETS, "0+1x120"), "90m", "JobsWaitLong", []),
    ],
    "capacity that AWS does not have": [
        case(
            {
                "karpenter_cloudprovider_errors_total"
                '{error="InsufficientCapacityError", method="Create"}': "0 0 1 2 3x60"
            },
            "20m",
            "CapacityMissing",
            [{"severity": "warning", "error": "InsufficientCapacityError"}],
        ),
        case(
            {
                "cluster_autoscaler_failed_scale_ups_total"
                '{reason="cloudProviderError"}': "0 0 1 2 3x60"
            },
            "20m",
            "CapacityMissing",
            [{"severity": "warning", "reason": "cloudProviderError"}],
        ),
        case(
            {'karpenter_cloudprovider_errors_total{error="NodeClaimNotFoundError"}': "0+1x60"},
            "20m",
            "CapacityMissing",
            [],
        ),
    ],
    "unschedulable pods": [
        case(
            {
                f'kube_pod_status_unschedulable{{namespace="team", pod="job-{index}"}}': "1x60"
                for index in range(2)
            },
            "30m",
            "PodsUnschedulable",
            [{"severity": "warning", "namespace": "team"}],
        )
    ],
}


@pytest.mark.skipif(
    PROMTOOL is None,
    reason="promtool is not on the PATH: the queries of the alert rules are not checked",
)
def test_prometheus_accepts_the_rules(tmp_path: pathlib.Path) -> None:
    written = write_rules(tmp_path)

    done = subprocess.run(
        [str(PROMTOOL), "check", "rules", "--lint-fatal", str(written)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(ALL)} rules found" in done.stdout


@pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not on the PATH: when alerts fire is not checked"
)
@pytest.mark.parametrize("what", CASES)
def test_alerts_fire(what: str, tmp_path: pathlib.Path) -> None:
    written = write_rules(tmp_path)
    # JSON is YAML.
    tests = tmp_path / "tests.yaml"
    tests.write_text(
        json.dumps(
            {"rule_files": [written.name], "evaluation_interval": "1m", "tests": CASES[what]}
        )
    )

    done = subprocess.run(
        [str(PROMTOOL), "test", "rules", str(tests)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def write_rules(folder: pathlib.Path) -> pathlib.Path:
    """Writes the rules without annotations, which promtool requires in each
    expectation."""
    found = [group for file in rules(GPUS).values() for group in file["groups"]]
    bare = [
        {
            **group,
            "rules": [
                {k: v for k, v in rule.items() if k != "annotations"} for rule in group["rules"]
            ],
        }
        for group in found
    ]
    written = folder / "rules.yaml"
    written.write_text(json.dumps({"groups": bare}))
    return written


@pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not on the PATH: the texts of the alerts are not checked"
)
def test_the_texts_of_alerts_are_valid_templates(tmp_path: pathlib.Path) -> None:
    found = [
        group
        for file in rules(replace(GPUS, runbooks_url="https://wiki")).values()
        for group in file["groups"]
    ]
    written = tmp_path / "rules.yaml"
    written.write_text(json.dumps({"groups": found}))

    done = subprocess.run(
        [str(PROMTOOL), "check", "rules", str(written)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
