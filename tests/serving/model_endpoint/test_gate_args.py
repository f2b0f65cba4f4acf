"""The arguments of release gates."""

from typing import Any

import pytest
from groundplan import arguments
from groundplan.problems import Problem
from groundplan.release.engine.gate_spec import Gates
from groundplan.serving.model_endpoint.choices import EndpointKind
from groundplan.serving.model_endpoint.gate_args import (
    METRIC_GATE_DEFAULTS,
    SMOKE_TEST_DEFAULTS,
    ReleaseGatesArgs,
)
from groundplan.serving.model_endpoint.release import problems

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


def of_gates(
    gates: Any, kind: EndpointKind = EndpointKind.REAL_TIME, release: str = "registry"
) -> list[Problem]:
    args: Any = {"release": release, "gates": gates}
    if release == "registry":
        args["model_package_group"] = "fraud"
    if gates is None:
        del args["gates"]
    return problems(args, kind)


def test_the_release_engine_reads_every_argument() -> None:
    checked, shape = arguments.read(ReleaseGatesArgs, FULL)
    assert shape == []
    assert of_gates(checked) == []
    assert Gates.read(checked) == Gates.read(FULL)


def test_the_release_engine_has_the_documented_defaults() -> None:
    gates = Gates.read({"metrics": {"auc": {"min": 0.5}}, "smoke": {"payloads": "s3://abc/d/"}})
    assert gates.smoke is not None
    assert gates.smoke.timeout_seconds == SMOKE_TEST_DEFAULTS["timeout_seconds"]
    assert gates.smoke.staging == SMOKE_TEST_DEFAULTS["staging"]
    assert gates.metrics[0].limits.required == METRIC_GATE_DEFAULTS["required"]


def test_gates_are_optional() -> None:
    assert of_gates(None, release="declared") == []
    assert of_gates({}, EndpointKind.SERVERLESS) == []


def test_gates_are_for_releases_from_the_registry() -> None:
    (problem,) = of_gates({"confidence": 0.9}, release="declared")
    assert str(problem) == (
        'gates is {"confidence": 0.9}. Allowed: nothing, unless release is registry. '
        "Fix: remove gates."
    )


def test_an_asynchronous_endpoint_has_no_smoke_test() -> None:
    gates: ReleaseGatesArgs = {"smoke": {"payloads": "s3://artifacts/smoke/"}}
    (problem,) = of_gates(gates, EndpointKind.ASYNCHRONOUS)
    assert (problem.key, "nothing with an asynchronous endpoint" in problem.allowed) == (
        "gates.smoke",
        True,
    )


PAYLOADS = "s3://artifacts/smoke/"


@pytest.mark.parametrize(
    ("gates", "key"),
    [
        ({"metrics": {"auc": {}}}, "gates.metrics.auc"),
        ({"metrics": {"auc": {"max_regression": -1.0}}}, "gates.metrics.auc.max_regression"),
        (
            {"metrics": {"auc": {"max_regression_percent": -1.0}}},
            "gates.metrics.auc.max_regression_percent",
        ),
        ({"metrics": {"auc": {"min": 0.5, "min_count": 0}}}, "gates.metrics.auc.min_count"),
        (
            {"metrics": {"auc": {"min": 0.5, "slices": {"a=*": {"min_count": 0}}}}},
            "gates.metrics.auc.slices.a=*.min_count",
        ),
        ({"confidence": 0.2}, "gates.confidence"),
        ({"confidence": 2.0}, "gates.confidence"),
        ({"confidence": 1.0}, "gates.confidence"),
        ({"smoke": {"payloads": "smoke/"}}, "gates.smoke.payloads"),
        ({"smoke": {"payloads": PAYLOADS, "timeout_seconds": 0}}, "gates.smoke.timeout_seconds"),
        ({"smoke": {"payloads": PAYLOADS, "timeout_seconds": 601}}, "gates.smoke.timeout_seconds"),
        ({"smoke": {"payloads": PAYLOADS, "max_latency_ms": 0.0}}, "gates.smoke.max_latency_ms"),
        ({"sign_off": {"approvers": ["jo"]}}, "gates.sign_off.approvers[0]"),
    ],
)
def test_the_rules_of_the_release_engine_apply(gates: Any, key: str) -> None:
    assert [problem.key for problem in of_gates(gates)] == [key]
