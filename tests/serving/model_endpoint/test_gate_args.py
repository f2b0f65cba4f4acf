"""Gates as arguments of an endpoint."""

from typing import Any

import pytest
from groundplan import arguments
from groundplan.release.engine.gate_spec import Gates
from groundplan.serving.model_endpoint.gate_args import ReleaseGatesArgs, problems
from groundplan.serving.model_endpoint.kinds import EndpointKind

FULL: dict[str, Any] = {
    "metrics": {
        "auc": {
            "min": 0.85,
            "max": 1.0,
            "max_regression": 0.005,
            "min_count": 1000,
            "required": True,
            "higher_is_better": True,
            "slices": {
                "country=*": {
                    "min": 0.7,
                    "max": 1.0,
                    "max_regression_percent": 2.0,
                    "min_count": 100,
                    "required": False,
                }
            },
        }
    },
    "confidence": 0.95,
    "smoke": {
        "payloads": "s3://artifacts/smoke/",
        "max_latency_ms": 300.0,
        "timeout_seconds": 60,
        "staging": True,
    },
    "sign_off": {"required": True, "approvers": ["arn:aws:iam::123456789012:role/ml-approvers"]},
}


def test_all_that_can_be_said_is_read_and_understood_by_the_runtime() -> None:
    checked, found = arguments.read(ReleaseGatesArgs, FULL)
    assert found == []
    assert problems(checked, EndpointKind.REAL_TIME, from_registry=True) == []
    assert Gates.read(checked) == Gates.read(FULL)


def test_nothing_is_needed() -> None:
    assert problems(None, EndpointKind.REAL_TIME, from_registry=False) == []
    assert problems({}, EndpointKind.SERVERLESS, from_registry=True) == []


def test_gates_are_for_releases_from_the_registry() -> None:
    (problem,) = problems({"confidence": 0.9}, EndpointKind.REAL_TIME, from_registry=False)
    assert str(problem).startswith(
        'gates is {"confidence": 0.9}. Allowed: nothing, unless release is registry. Fix: '
    )


def test_an_asynchronous_endpoint_has_no_smoke_test() -> None:
    gates: ReleaseGatesArgs = {"smoke": {"payloads": "s3://artifacts/smoke/"}}
    (problem,) = problems(gates, EndpointKind.ASYNCHRONOUS, from_registry=True)
    assert (problem.key, "nothing with an asynchronous endpoint" in problem.allowed) == (
        "gates.smoke",
        True,
    )


@pytest.mark.parametrize(
    ("gates", "key"),
    [
        ({"metrics": {"auc": {}}}, "gates.metrics.auc"),
        ({"confidence": 0.2}, "gates.confidence"),
        ({"smoke": {"payloads": "smoke/"}}, "gates.smoke.payloads"),
        ({"sign_off": {"approvers": ["jo"]}}, "gates.sign_off.approvers[0]"),
    ],
)
def test_the_runtime_s_own_rules_hold(gates: Any, key: str) -> None:
    assert [
        problem.key for problem in problems(gates, EndpointKind.REAL_TIME, from_registry=True)
    ] == [key]
