"""The instances of variants: types, numbers, autoscaling and volumes."""

from typing import Any

import pytest
from groundplan.context import Context
from groundplan.problems import Problem
from groundplan.serving.model_endpoint.capacity import ScalingMetric
from groundplan.serving.model_endpoint.spec import EndpointSpec, resolve
from groundplan.serving.model_endpoint.validation import validate
from groundplan.serving.model_endpoint.variant_args import ScalingArgs

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/fraud:1.4.2"
ARTIFACTS = {
    "bucket_name": "b",
    "bucket_arn": "arn:aws:s3:::b",
    "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
}
CONTEXT = Context("fraud", "ml", "prod")
ASYNCHRONOUS: dict[str, Any] = {"asynchronous": {}, "artifacts": ARTIFACTS}


def args_of(
    instance_type: str, count: int = 2, scaling: ScalingArgs | None = None, **own: Any
) -> Any:
    return {
        "image": IMAGE,
        "instance_type": instance_type,
        "instance_count": count,
        "scaling": scaling or {},
        **own,
    }


def problems(
    instance_type: str, count: int = 2, scaling: ScalingArgs | None = None, **own: Any
) -> list[Problem]:
    return validate(args_of(instance_type, count, scaling, **own), CONTEXT)


def spec(count: int = 2, scaling: ScalingArgs | None = None, **own: Any) -> EndpointSpec:
    return resolve(args_of("ml.m5.large", count, scaling, **own), CONTEXT)


def limits(spec: EndpointSpec, variant: int = 0) -> tuple[int, int]:
    scaling = spec.variants[variant].scaling
    assert scaling is not None
    return scaling.min_capacity, scaling.max_capacity


def keys(problems: list[Problem]) -> list[str]:
    return [problem.key for problem in problems]


def test_an_endpoint_scales_to_twice_its_initial_size_by_default_and_not_below_it() -> None:
    assert limits(spec(3)) == (3, 6)
    assert limits(spec(3, {"min_instances": 1, "max_instances": 4})) == (1, 4)
    assert problems("ml.m5.large", 3) == []


def test_only_a_queue_scales_to_zero() -> None:
    assert limits(spec(1, **ASYNCHRONOUS)) == (0, 2)
    assert problems("ml.m5.large", 1, {"min_instances": 0}, **ASYNCHRONOUS) == []
    (problem,) = problems("ml.m5.large", 1, {"min_instances": 0})
    assert (problem.key, problem.fix) == (
        "scaling.min_instances",
        "set scaling.min_instances to 1",
    )


def test_an_instance_type_must_be_one_that_sagemaker_hosts_on() -> None:
    (problem,) = problems("ml.m5.lage")
    assert (problem.key, problem.fix) == ("instance_type", 'did you mean "ml.m5.large"')
    assert keys(problems("m5.large")) == ["instance_type"]


def test_the_initial_size_lies_between_the_limits() -> None:
    (low,) = problems("ml.m5.large", 2, {"min_instances": 3})
    assert (low.key, low.fix) == (
        "scaling.min_instances",
        "set scaling.min_instances to 2, or set instance_count to 3",
    )
    (high,) = problems("ml.m5.large", 4, {"min_instances": 1, "max_instances": 3})
    assert (high.key, high.fix) == (
        "scaling.max_instances",
        "set scaling.max_instances to 4",
    )
    assert problems("ml.m5.large", 2, {"min_instances": 2, "max_instances": 2}) == []


def test_counts_targets_and_cooldowns_have_a_lowest_value() -> None:
    scaling: ScalingArgs = {
        "min_instances": 0,
        "invocations_per_instance": 0,
        "scale_in_cooldown_seconds": -1,
        "scale_out_cooldown_seconds": -1,
    }
    assert keys(problems("ml.m5.large", 0, scaling)) == [
        "instance_count",
        "scaling.invocations_per_instance",
        "scaling.scale_in_cooldown_seconds",
        "scaling.scale_out_cooldown_seconds",
        "scaling.min_instances",
    ]
    assert keys(problems("ml.m5.large", 1, {"backlog_per_instance": 0}, **ASYNCHRONOUS)) == [
        "scaling.backlog_per_instance"
    ]
    assert keys(problems("ml.m5.large", 1, {"concurrent_requests_per_instance": 0})) == [
        "scaling.concurrent_requests_per_instance"
    ]
    assert keys(problems("ml.m5.large", 1, {"max_instances": 0})) == ["scaling.max_instances"]
    negative: ScalingArgs = {"min_instances": -1}
    assert keys(problems("ml.m5.large", 1, negative, **ASYNCHRONOUS)) == ["scaling.min_instances"]


def test_a_variant_scales_by_one_metric() -> None:
    both: ScalingArgs = {"invocations_per_instance": 60, "concurrent_requests_per_instance": 4}
    assert keys(problems("ml.m5.large", 2, both)) == ["scaling.concurrent_requests_per_instance"]


@pytest.mark.parametrize(
    "instance_type", ["ml.g5.xlarge", "ml.p4d.24xlarge", "ml.m5d.large", "ml.trn1.2xlarge"]
)
def test_local_nvme_has_no_volume_key_and_no_size(instance_type: str) -> None:
    volume: dict[str, Any] = {
        "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
        "volume_size_gb": 100,
    }
    key, size = problems(instance_type, **volume)
    assert (key.key, size.key) == ("kms_key_arn", "volume_size_gb")
    assert instance_type in key.allowed
    assert instance_type in size.allowed
    assert problems(instance_type) == []
    assert problems("ml.m5.large", **volume) == []


def test_a_problem_has_the_key_of_the_argument_that_states_the_value() -> None:
    variants = {"a": {}, "b": {"instance_type": "ml.g5.xlage", "scaling": {"min_instances": 9}}}
    assert keys(problems("ml.m5.lage", variants=variants)) == [
        "instance_type",
        "variants.b.instance_type",
        "variants.b.scaling.min_instances",
    ]


def test_a_variant_with_its_own_count_has_only_the_target_of_the_endpoints_scaling() -> None:
    scaling: ScalingArgs = {
        "min_instances": 3,
        "max_instances": 9,
        "invocations_per_instance": 60,
    }
    resolved = spec(4, scaling, variants={"a": {}, "b": {"instance_count": 1}})
    assert limits(resolved, 0) == (3, 9)
    assert limits(resolved, 1) == (1, 2)
    second = resolved.variants[1].scaling
    assert second is not None
    assert (second.metric, second.target) == (ScalingMetric.INVOCATIONS, 60.0)
