"""The arguments of a DeliveryApi."""

from typing import Any

import delivery_apis as apis
import pytest
from groundplan.api.component.validation import validate
from groundplan.context import Context


def problems(name: str = "api", **changes: Any) -> dict[str, str]:
    args: Any = {**apis.SERVING, **changes}
    context = Context(name=name, project="ml", stack="prod", region="eu-west-1")
    return {problem.key: str(problem) for problem in validate(args, context)}


TARGET = apis.MINIMAL["targets"]["churn"]


def test_what_is_registered_is_valid() -> None:
    assert problems() == {}
    assert problems(**apis.COMPLETE) == {}


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"targets": {}, "pipelines": {}}, "targets"),
        ({"targets": {f"e{n}": TARGET for n in range(8)}, "pipelines": {}}, "targets"),
        ({"targets": {"a/b": TARGET}, "pipelines": {}}, "targets.a/b"),
        ({"targets": {"-a": TARGET}, "pipelines": {}}, "targets.-a"),
        ({"pipelines": {"other": {}}}, "pipelines.other"),
        ({"datasets": ["A"]}, "datasets[0]"),
        ({"datasets": ["a/b"]}, "datasets[0]"),
        ({"datasets": ["*"]}, "datasets[0]"),
        ({"datasets": ["a", "a"]}, "datasets[1]"),
        ({"evaluation_prefixes": []}, "evaluation_prefixes"),
        ({"evaluation_prefixes": ["runs"]}, "evaluation_prefixes[0]"),
        ({"model_prefixes": [""]}, "model_prefixes[0]"),
        ({"model_prefixes": ["m/", "m/"]}, "model_prefixes[1]"),
        ({"manifest_prefix": "*"}, "manifest_prefix"),
        ({"tokens": {"issuer": "http://a.example.com", "audiences": ["a"]}}, "tokens.issuer"),
        ({"tokens": {"issuer": "https://a.example.com", "audiences": []}}, "tokens.audiences"),
        (
            {"tokens": {"issuer": "https://a.example.com", "audiences": ["a b"]}},
            "tokens.audiences[0]",
        ),
        (
            {
                "tokens": {
                    "issuer": "https://a.example.com",
                    "audiences": ["a"],
                    "scope_prefix": "a b",
                }
            },
            "tokens.scope_prefix",
        ),
        ({"callers": {"approve": ["kim"]}}, "callers.approve[0]"),
        (
            {"callers": {"read": ["arn:aws:sts::123456789012:assumed-role/a/b"]}},
            "callers.read[0]",
        ),
        ({"throttling": {"read_rate": 0}}, "throttling.read_rate"),
        ({"throttling": {"write_rate": 20000}}, "throttling.write_rate"),
        ({"throttling": {"write_burst": 0}}, "throttling.write_burst"),
        ({"domain": {"name": "https://a", "certificate_arn": "x"}}, "domain.name"),
        (
            {"domain": {"name": "a.example.com", "certificate_arn": "x"}},
            "domain.certificate_arn",
        ),
        ({"powertools_layer_arn": "powertools"}, "powertools_layer_arn"),
        ({"memory_mb": 128}, "memory_mb"),
        ({"max_latency_ms": 30001}, "max_latency_ms"),
        ({"reserved_concurrency": 0}, "reserved_concurrency"),
        ({"reserved_concurrency": 1001}, "reserved_concurrency"),
        ({"log_retention_days": 91}, "log_retention_days"),
        ({"kms_key_arn": "alias/logs"}, "kms_key_arn"),
        ({"runbooks_url": "ftp://a"}, "runbooks_url"),
        ({"owner": ""}, "owner"),
    ],
)
def test_a_value_that_does_not_fit_is_a_problem(changes: dict[str, Any], key: str) -> None:
    assert key in problems(**changes)


def test_callers_are_named_only_where_iam_authorizes_them() -> None:
    tokens = {"issuer": "https://a.example.com", "audiences": ["a"]}
    assert "callers" in problems(tokens=tokens, callers={"approve": [apis.APPROVERS]})
    assert problems(callers={"approve": [apis.APPROVERS], "read": []}) == {}


def test_the_name_leaves_room_for_the_names_of_its_children() -> None:
    assert problems(name="a" * 48) == {}
    assert "name" in problems(name="a" * 49)
