"""Alerts on the burn rate of an endpoint's error budgets; promtool says when they fire,
where it is on the PATH."""

import json
import pathlib
import shutil
import subprocess
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.serving.kubernetes_endpoint.kubernetes_endpoint import KubernetesEndpoint
from groundplan.testing import Plan, deploy

PROMTOOL = shutil.which("promtool")
OBJECTIVE = {"availability_percent": 99.9, "latency_ms": 500}
COUNT = 'http_requests_total{namespace="fraud",app_kubernetes_io_name="fraud",status="%s"}'
SECONDS = 'http_request_duration_seconds_%s{namespace="fraud",app_kubernetes_io_name="fraud"%s}'


def deploy_endpoint(args: Any) -> Plan:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        KubernetesEndpoint("fraud", args, pulumi.ResourceOptions(provider=provider))

    return deploy(program)


def rules(**more: Any) -> dict[str, dict[str, Any]]:
    """Returns the alerts by name, without those that every endpoint has."""
    args: Any = {
        "image": "docker.io/acme/fraud:1",
        "metrics": {"path": "/metrics", "requests": "http_requests_total"},
        "objective": OBJECTIVE,
        **more,
    }
    plan = deploy_endpoint(args)
    (group,) = plan.one("kubernetes:monitoring.coreos.com/v1:PrometheusRule").inputs["spec"][
        "groups"
    ]
    found = {rule["alert"]: rule for rule in group["rules"]}
    return {name: r for name, r in found.items() if "Burns" in name or "Unmeasured" in name}


def test_each_objective_has_an_urgent_and_another_alert() -> None:
    found = rules()
    assert {name: (r["labels"]["severity"], r["for"]) for name, r in found.items()} == {
        "EndpointAvailabilityBurnsFast": ("critical", "0m"),
        "EndpointAvailabilityBurns": ("warning", "0m"),
        "EndpointLatencyBurnsFast": ("critical", "0m"),
        "EndpointLatencyBurns": ("warning", "0m"),
        "EndpointObjectiveUnmeasured": ("warning", "30m"),
    }
    assert found["EndpointAvailabilityBurnsFast"]["annotations"] == {
        "summary": "Endpoint fraud misses its objective",
        "description": (
            "The objective of endpoint fraud is 99.9 % of the requests answered without a server "
            "error. Its error budget of 30 days is spent fast: 2 % in 1h or 5 % in 6h."
        ),
        "runbook": "docs/runbooks/objective-availability.md",
    }


def test_the_query_compares_both_windows_with_the_rate() -> None:
    failed = 'http_requests_total{namespace="fraud",app_kubernetes_io_name="fraud",status=~"5.."}'
    every = 'http_requests_total{namespace="fraud",app_kubernetes_io_name="fraud"}'
    expr = rules(objective={"availability_percent": 99.9})["EndpointAvailabilityBurnsFast"]["expr"]
    first = expr.split(" or ")[0]
    assert first == (
        f"(sum(rate({failed}[1h])) / sum(rate({every}[1h])) > 0.0144 and "
        f"sum(rate({failed}[5m])) / sum(rate({every}[5m])) > 0.0144 and "
        f"sum(increase({failed}[1h])) >= 5)"
    )


def test_a_bucket_is_matched_as_clients_write_it() -> None:
    assert 'le=~"0[.]5"' in rules()["EndpointLatencyBurns"]["expr"]
    whole = rules(objective={"latency_ms": 2000})
    assert 'le=~"2|2[.]0"' in whole["EndpointLatencyBurns"]["expr"]


def test_without_an_objective_there_are_no_such_alerts() -> None:
    plan = deploy_endpoint({"image": "docker.io/acme/fraud:1"})
    text = json.dumps(plan.manifest.to_data())
    assert "Burns" not in text
    assert "Unmeasured" not in text


VLLM: Any = {
    "engine": "vllm",
    "accelerators": 1,
    "vllm": {"model": "Qwen/Qwen3-8B", "revision": "b968826d"},
}


@pytest.mark.parametrize(
    ("args", "key"),
    [
        ({**VLLM, "objective": {}}, "objective.availability_percent"),
        ({**VLLM, "objective": OBJECTIVE, "prometheus": False}, "prometheus"),
        ({"image": "docker.io/acme/fraud:1", "objective": OBJECTIVE}, "metrics"),
    ],
)
def test_an_objective_that_cannot_be_watched_is_refused(args: Any, key: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        deploy_endpoint(args)
    assert [problem.key for problem in caught.value.problems] == [key]


def requests(good: str, bad: str = "0x1500") -> list[dict[str, str]]:
    """Returns series of requests, as promtool expands them, a value a minute."""
    return [
        {"series": COUNT % "200", "values": good},
        {"series": COUNT % "503", "values": bad},
    ]


def durations(all_requests: str, within: str | None) -> list[dict[str, str]]:
    found = [{"series": SECONDS % ("count", ""), "values": all_requests}]
    if within is not None:
        found.append({"series": SECONDS % ("bucket", ',le="0.5"'), "values": within})
    return found


FAST, SLOW = "EndpointAvailabilityBurnsFast", "EndpointAvailabilityBurns"
CASES: dict[str, tuple[list[dict[str, str]], str, set[str]]] = {
    "within the objective": (requests("0+1000x1500", "0+1x1500"), "25h", set()),
    "an outage of ten minutes": (
        requests("0+100x1490 149000x10", "0x1490 0+100x10"),
        "25h",
        {FAST},
    ),
    "an outage that is over": (
        requests("0+100x1440 144000x5 144000+100x55", "0x1440 0+100x5 500x55"),
        "25h",
        {SLOW},
    ),
    "a slow leak": (requests("0+996x1500", "0+4x1500"), "25h", {SLOW}),
    "a single failure at night": (requests("0x1490 0+0x10", "0x1495 1x5"), "25h", set()),
    "no requests": (requests("0x1500"), "25h", set()),
    "slow requests": (
        durations("0+100x1500", "0+60x1500"),
        "25h",
        {"EndpointLatencyBurnsFast"},
    ),
    "fast requests": (durations("0+100x1500", "0+100x1500"), "25h", set()),
    "a histogram without the bucket": (
        durations("0+100x1500", None),
        "25h",
        {"EndpointObjectiveUnmeasured"},
    ),
}


@pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not on the PATH: when alerts fire is not checked"
)
def test_alerts_fire_and_do_not_fire(tmp_path: pathlib.Path) -> None:
    found = rules()
    bare_rules = [{k: v for k, v in r.items() if k != "annotations"} for r in found.values()]
    (tmp_path / "rules.yaml").write_text(
        json.dumps({"groups": [{"name": "endpoint", "rules": bare_rules}]})
    )
    cases = [
        {
            "name": name,
            "interval": "1m",
            "input_series": series,
            "alert_rule_test": [
                {
                    "eval_time": time,
                    "alertname": alert,
                    "exp_alerts": [{"exp_labels": rule["labels"]}] if alert in firing else [],
                }
                for alert, rule in found.items()
            ],
        }
        for name, (series, time, firing) in CASES.items()
    ]
    tests = {"rule_files": ["rules.yaml"], "evaluation_interval": "15m", "tests": cases}
    (tmp_path / "tests.yaml").write_text(json.dumps(tests))
    done = subprocess.run(
        [str(PROMTOOL), "test", "rules", "tests.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
