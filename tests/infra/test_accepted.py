"""Accepted findings in the settings of an environment: checked, and wired to
nothing."""

import json
from typing import Any

import pytest
from configuration import InvalidSettings, describe

ENTRY = {
    "rule": "bucket-versioned",
    "resource": "artifacts-bucket",
    "reason": "generated again every night",
    "owner": "ml-platform",
    "expires": "2027-02-28",
}


def described(*entries: Any, region: str = "us-east-1") -> Any:
    values = {"groundplan:acceptedFindings": json.dumps(list(entries))}
    if region:
        values["aws:region"] = region
    else:
        values["groundplan:platform"] = json.dumps({"kubeconfig": "~/.kube/config"})
    return describe("groundplan", "test", values)


def components(environment: Any) -> list[Any]:
    return [(step.type, step.name, sorted(step.args)) for step in environment.components]


def test_the_environment_is_the_same_with_them() -> None:
    assert components(described(ENTRY)) == components(described())
    # A date that is years ahead too: the program's result depends on no clock.
    far = described({**ENTRY, "expires": "2099-01-01"})
    assert components(far) == components(described())


def test_they_need_no_aws() -> None:
    assert components(described(ENTRY, region="")) == components(described(region=""))


def test_their_problems_have_the_keys_of_the_stack_file() -> None:
    with pytest.raises(InvalidSettings) as caught:
        described(
            {**ENTRY, "rule": "bucket-versoined"},
            {**ENTRY, "resource": "*"},
            {**ENTRY, "expires": "soon", "owner": 5},
        )
    found = {problem.key: str(problem) for problem in caught.value.problems}
    prefix = "groundplan:acceptedFindings"
    assert set(found) == {
        f"{prefix}[0].rule",
        f"{prefix}[1].resource",
        f"{prefix}[2].expires",
        f"{prefix}[2].owner",
    }
    assert "bucket-versioned" in found[f"{prefix}[0].rule"]
    assert "resourcePattern" in found[f"{prefix}[1].resource"]
