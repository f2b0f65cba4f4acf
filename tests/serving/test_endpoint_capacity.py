from groundplan.problems import Problem
from groundplan.serving.capacity import ScalingArgs, limits, problems


def keys(found: list[Problem]) -> list[str]:
    return [problem.key for problem in found]


def test_an_endpoint_may_double_and_never_falls_below_its_first_size_by_default() -> None:
    assert limits(3, {}) == (3, 6)
    assert limits(3, {"min_instances": 1, "max_instances": 4}) == (1, 4)
    assert problems("ml.m5.large", 3, {}, volume_key=False) == []


def test_an_instance_type_must_be_one_that_sagemaker_hosts_on() -> None:
    (found,) = problems("ml.m5.lage", 2, {}, volume_key=False)
    assert (found.key, found.fix) == ("instance_type", 'did you mean "ml.m5.large"')
    assert keys(problems("m5.large", 2, {}, volume_key=False)) == ["instance_type"]


def test_the_first_size_lies_between_the_limits() -> None:
    (low,) = problems("ml.m5.large", 2, {"min_instances": 3}, volume_key=False)
    assert (low.key, low.fix) == ("scaling.min_instances", "lower it or raise instance_count to 3")
    (high,) = problems("ml.m5.large", 4, {"min_instances": 1, "max_instances": 3}, volume_key=False)
    assert (high.key, high.fix) == ("scaling.max_instances", "raise it to 4 or lower instance_count")
    assert problems("ml.m5.large", 2, {"min_instances": 2, "max_instances": 2}, volume_key=False) == []


def test_counts_targets_and_cooldowns_have_a_lowest_value() -> None:
    scaling: ScalingArgs = {
        "min_instances": 0,
        "invocations_per_instance": 0,
        "scale_in_cooldown_seconds": -1,
        "scale_out_cooldown_seconds": -1,
    }
    assert keys(problems("ml.m5.large", 0, scaling, volume_key=False)) == [
        "instance_count",
        "scaling.invocations_per_instance",
        "scaling.scale_in_cooldown_seconds",
        "scaling.scale_out_cooldown_seconds",
        "scaling.min_instances",
    ]


def test_local_nvme_takes_no_volume_key() -> None:
    (found,) = problems("ml.g5.xlarge", 2, {}, volume_key=True)
    assert found.key == "kms_key_arn"
    assert "ml.g5.xlarge" in found.allowed
    assert problems("ml.g5.xlarge", 2, {}, volume_key=False) == []
    assert problems("ml.m5.large", 2, {}, volume_key=True) == []
