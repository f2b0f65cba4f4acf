from typing import Any

import pytest
from groundplan.problems import Problem
from groundplan.serving.model_endpoint import variants
from groundplan.serving.model_endpoint.capacity import (
    ScalingArgs,
    limits,
    problems,
    volume_problems,
)
from groundplan.serving.model_endpoint.kinds import EndpointKind

REAL_TIME, ASYNCHRONOUS = EndpointKind.REAL_TIME, EndpointKind.ASYNCHRONOUS


def keys(found: list[Problem]) -> list[str]:
    return [problem.key for problem in found]


def one(
    instance_type: str, count: int = 2, scaling: ScalingArgs | None = None, **own: Any
) -> variants.Variant:
    args: Any = {
        "image": "i",
        "instance_type": instance_type,
        "instance_count": count,
        "scaling": scaling or {},
        **own,
    }
    return variants.production(args)[0]


def test_an_endpoint_may_double_and_never_falls_below_its_first_size_by_default() -> None:
    assert limits(3, {}) == (3, 6)
    assert limits(3, {"min_instances": 1, "max_instances": 4}) == (1, 4)
    assert problems(one("ml.m5.large", 3), REAL_TIME) == []


def test_a_queue_falls_to_zero_by_default_and_nothing_else_may() -> None:
    assert limits(1, {}, ASYNCHRONOUS) == (0, 2)
    asleep = one("ml.m5.large", 1, {"min_instances": 0})
    assert problems(asleep, ASYNCHRONOUS) == []
    assert keys(problems(asleep, REAL_TIME)) == ["scaling.min_instances"]


def test_an_instance_type_must_be_one_that_sagemaker_hosts_on() -> None:
    (found,) = problems(one("ml.m5.lage"), REAL_TIME)
    assert (found.key, found.fix) == ("instance_type", 'did you mean "ml.m5.large"')
    assert keys(problems(one("m5.large"), REAL_TIME)) == ["instance_type"]


def test_the_first_size_lies_between_the_limits() -> None:
    (low,) = problems(one("ml.m5.large", 2, {"min_instances": 3}), REAL_TIME)
    assert (low.key, low.fix) == ("scaling.min_instances", "lower it or raise instance_count to 3")
    (high,) = problems(one("ml.m5.large", 4, {"min_instances": 1, "max_instances": 3}), REAL_TIME)
    assert (high.key, high.fix) == (
        "scaling.max_instances",
        "raise it to 4 or lower instance_count",
    )
    assert (
        problems(one("ml.m5.large", 2, {"min_instances": 2, "max_instances": 2}), REAL_TIME) == []
    )


def test_counts_targets_and_cooldowns_have_a_lowest_value() -> None:
    scaling: ScalingArgs = {
        "min_instances": 0,
        "invocations_per_instance": 0,
        "scale_in_cooldown_seconds": -1,
        "scale_out_cooldown_seconds": -1,
    }
    assert keys(problems(one("ml.m5.large", 0, scaling), REAL_TIME)) == [
        "instance_count",
        "scaling.invocations_per_instance",
        "scaling.scale_in_cooldown_seconds",
        "scaling.scale_out_cooldown_seconds",
        "scaling.min_instances",
    ]
    assert keys(problems(one("ml.m5.large", 1, {"backlog_per_instance": 0}), ASYNCHRONOUS)) == [
        "scaling.backlog_per_instance"
    ]
    assert keys(
        problems(one("ml.m5.large", 1, {"concurrent_requests_per_instance": 0}), REAL_TIME)
    ) == ["scaling.concurrent_requests_per_instance"]


def test_a_variant_scales_by_one_metric() -> None:
    both: ScalingArgs = {"invocations_per_instance": 60, "concurrent_requests_per_instance": 4}
    assert keys(problems(one("ml.m5.large", 2, both), REAL_TIME)) == [
        "scaling.concurrent_requests_per_instance"
    ]


@pytest.mark.parametrize(
    "kind", ["ml.g5.xlarge", "ml.p4d.24xlarge", "ml.m5d.large", "ml.trn1.2xlarge"]
)
def test_local_nvme_takes_no_volume_key_and_no_size(kind: str) -> None:
    key, size = volume_problems(one(kind), True, 100)
    assert (key.key, size.key) == ("kms_key_arn", "volume_size_gb")
    assert kind in key.allowed
    assert kind in size.allowed
    assert volume_problems(one(kind), False, None) == []
    assert volume_problems(one("ml.m5.large"), True, 100) == []


def test_a_problem_is_said_of_where_the_value_stands() -> None:
    args: Any = {
        "image": "i",
        "instance_type": "ml.m5.lage",
        "variants": {
            "a": {},
            "b": {"instance_type": "ml.g5.xlage", "scaling": {"min_instances": 9}},
        },
    }
    first, second = variants.production(args)
    assert keys(problems(first, REAL_TIME)) == ["instance_type"]
    assert keys(problems(second, REAL_TIME)) == [
        "variants.b.instance_type",
        "variants.b.scaling.min_instances",
    ]


def test_a_variant_with_a_count_of_its_own_takes_only_the_target_of_the_endpoints_scaling() -> None:
    args: Any = {
        "image": "i",
        "instance_type": "ml.m5.large",
        "instance_count": 4,
        "scaling": {"min_instances": 3, "max_instances": 9, "invocations_per_instance": 60},
        "variants": {"a": {}, "b": {"instance_count": 1}},
    }
    first, second = variants.production(args)
    assert limits(first.instance_count, first.scaling) == (3, 9)
    assert limits(second.instance_count, second.scaling) == (1, 2)
    assert second.scaling == {"invocations_per_instance": 60}
