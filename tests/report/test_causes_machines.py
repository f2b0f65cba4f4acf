"""Causes and risks in JSON and SARIF: the worst first, and each risk once."""

import json
from dataclasses import replace
from typing import Any

from cause_reports import CLUSTER, ROUTES, SUBNETS, VPC, new_cidr
from groundplan.policy.finding import Finding, Severity
from groundplan.report.json_report import to_json
from groundplan.report.sarif import sarif


def data(*stacks: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(to_json([new_cidr(stack) for stack in stacks]))
    return found


def test_json_has_the_edit_with_its_changes_and_what_follows() -> None:
    (cause,) = data("dev")["reports"][0]["causes"]
    assert cause == {
        "edits": [
            {
                "file": "Pulumi.dev.yaml",
                "line": 6,
                "setting": "shop:network.cidrBlock",
                "old": "10.0.0.0/16",
                "new": "10.1.0.0/16",
            }
        ],
        "component": "",
        "counts": {"update": 1, "replace": 8},
        "changes": [VPC.urn, *(subnet.urn for subnet in SUBNETS)],
        "following": [*(route.urn for route in ROUTES), CLUSTER.urn],
        "risks": 6,
    }


def test_json_names_for_each_change_the_changes_that_it_follows_from() -> None:
    changes = data("dev")["reports"][0]["changes"]["changes"]
    assert {change["name"]: len(change["causes"]) for change in changes} == {
        "network-vpc": 0,
        **{subnet.name: 1 for subnet in SUBNETS},
        **{route.name: 1 for route in ROUTES},
        "training-cluster": 4,
    }


def test_json_has_the_worst_risk_first_and_each_once_for_all_stacks() -> None:
    found = data("dev", "prod")
    assert [risk["level"] for risk in found["reports"][0]["risks"]] == [
        "high",
        *["medium"] * 4,
        "low",
    ]
    assert [(risk["level"], risk["stacks"], len(risk["urns"])) for risk in found["risks"]] == [
        ("high", ["dev", "prod"], 1),
        ("medium", ["dev", "prod"], 4),
        ("low", ["dev", "prod"], 1),
    ]


def test_sarif_has_the_worst_result_first_and_each_risk_once_with_all_places() -> None:
    found = Finding("open", Severity.MEDIUM, "u", "it is open", "close it")
    reports = [replace(new_cidr(stack), findings=(found,)) for stack in ("dev", "prod")]
    results = json.loads(sarif(reports))["runs"][0]["results"]
    assert [result["level"] for result in results] == [
        "error",
        *["warning"] * 3,
        "note",
    ]
    assert results[0]["message"]["text"] == "dev, prod: The cluster training-cluster can't move. y"
    (subnets,) = [result for result in results if "subnet" in result["message"]["text"]]
    assert subnets["message"]["text"] == (
        "dev, prod: The subnet network-0 is replaced. The same of network-1, network-2, "
        "network-3. cidrBlock"
    )
    names = [place["logicalLocations"][0]["fullyQualifiedName"] for place in subnets["locations"]]
    assert set(names) == {subnet.urn for subnet in SUBNETS}
    files = {p["physicalLocation"]["artifactLocation"]["uri"] for p in subnets["locations"]}
    assert files == {"Pulumi.dev.yaml", "Pulumi.prod.yaml"}
