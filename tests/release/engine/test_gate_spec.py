"""Validation of gate specifications."""

from typing import Any

import pytest
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.gate_spec import Gates, Limits, SignOff, SmokeSpec, problems

FULL: dict[str, Any] = {
    "metrics": {
        "auc": {
            "min": 0.85,
            "max_regression": 0.005,
            "higher_is_better": True,
            "min_count": 1000.0,  # as Pulumi exports whole numbers
            "slices": {
                "country=*": {"max_regression_percent": 2, "min_count": 100.0, "required": False}
            },
        },
        "mae": {"max": 3},
    },
    "confidence": 0.95,
    "smoke": {
        "payloads": "s3://artifacts/smoke/",
        "max_latency_ms": 300,
        "timeout_seconds": 60.0,
        "staging": True,
    },
    "sign_off": {"approvers": ["arn:aws:iam::123456789012:role/ml-*"]},
}


def test_every_field_is_parsed() -> None:
    gates = Gates.read(FULL)

    auc, mae = gates.metrics
    assert (auc.name, auc.higher_is_better) == ("auc", True)
    assert auc.limits == Limits(min=0.85, max_regression=0.005, min_count=1000)
    assert auc.slices == {
        "country=*": Limits(
            min=0.85, max_regression=None, max_regression_percent=2, min_count=100, required=False
        )
    }
    assert mae.limits == Limits(max=3)
    assert gates.confidence == 0.95
    assert gates.smoke == SmokeSpec("s3://artifacts/smoke/", 300, 60, True)
    assert gates.sign_off == SignOff(True, ("arn:aws:iam::123456789012:role/ml-*",))


def test_empty_specification_has_no_gates() -> None:
    assert Gates.read({}) == Gates()
    assert (
        Gates.read({"metrics": None, "smoke": None, "sign_off": None, "confidence": None})
        == Gates()
    )


@pytest.mark.parametrize(
    ("gates", "message"),
    [
        (
            {"metric": {}},
            (
                "metric is {}. Allowed: the keys confidence, metrics, sign_off, smoke. Fix: "
                "did you mean metrics"
            ),
        ),
        ({"metrics": []}, "metrics is []. Allowed: a mapping"),
        ({"metrics": {"auc": 0.8}}, "metrics.auc is 0.8"),
        (
            {"metrics": {"auc": {}}},
            "metrics.auc is missing. Allowed: at least one of min, max, max_regression",
        ),
        ({"metrics": {"auc": {"minimum": 1, "min": 1}}}, "metrics.auc.minimum is 1"),
        (
            {"metrics": {"auc": {"min": "0.8"}}},
            'metrics.auc.min is "0.8". Allowed: a finite number',
        ),
        ({"metrics": {"auc": {"min": float("nan")}}}, "metrics.auc.min is NaN"),
        (
            {"metrics": {"auc": {"min": 2, "max": 1}}},
            "metrics.auc.min is 2. Allowed: at most max, which is 1",
        ),
        (
            {"metrics": {"auc": {"max_regression": -0.1}}},
            "metrics.auc.max_regression is -0.1. Allowed: a number from 0",
        ),
        (
            {"metrics": {"auc": {"max_regression": 1, "max_regression_percent": 1}}},
            "metrics.auc.max_regression_percent is 1. Allowed: nothing beside max_regression",
        ),
        ({"metrics": {"auc": {"min": 1, "min_count": 0.5}}}, "metrics.auc.min_count is 0.5"),
        (
            {"metrics": {"auc": {"min": 1, "required": "no"}}},
            'metrics.auc.required is "no". Allowed: true or false',
        ),
        ({"metrics": {"auc": {"min": 1, "slices": ["DE"]}}}, 'metrics.auc.slices is ["DE"]'),
        (
            {"metrics": {"auc": {"min": 1, "slices": {"DE": {"max_regression": -1}}}}},
            "metrics.auc.slices.DE.max_regression is -1",
        ),
        ({"metrics": {"auc": {"min": 1, "slices": {"DE": 1}}}}, "metrics.auc.slices.DE is 1"),
        (
            {"metrics": {"auc": {"min": 1, "slices": {"DE": {"higher_is_better": True}}}}},
            "slices.DE.higher_is_better is true",
        ),
        ({"confidence": 95}, "confidence is 95. Allowed: a number from 0.5 to 0.9999"),
        ({"smoke": {}}, "smoke.payloads is missing"),
        ({"smoke": {"payloads": "smoke/"}}, 'smoke.payloads is "smoke/"'),
        (
            {"smoke": {"payloads": "s3://artifacts/x", "max_latency_ms": 0}},
            "smoke.max_latency_ms is 0",
        ),
        (
            {"smoke": {"payloads": "s3://artifacts/x", "timeout_seconds": 601}},
            "smoke.timeout_seconds is 601",
        ),
        ({"smoke": {"payloads": "s3://artifacts/x", "staging": 1}}, "smoke.staging is 1"),
        ({"sign_off": {"approvers": "arn"}}, "sign_off.approvers is"),
        (
            {"sign_off": {"approvers": ["arn:aws:sts::123456789012:assumed-role/x/jo"]}},
            "Fix: give the role, not the session",
        ),
        (
            {"sign_off": {"required": False, "approvers": ["arn:aws:iam::123456789012:role/x"]}},
            "nothing, unless required",
        ),
    ],
)
def test_error_names_key_and_fix(gates: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused) as refused:
        Gates.read(gates)
    assert message in str(refused.value)
    assert "1 problem." in str(refused.value)


def test_all_errors_are_reported_at_once() -> None:
    wrong = {"metrics": {"auc": {"min": "x"}, "mae": {}}, "confidence": 2, "smoke": {}}
    assert [problem.key for problem in problems(wrong)] == [
        "confidence",
        "metrics.auc.min",
        "metrics.mae",
        "smoke.payloads",
    ]
