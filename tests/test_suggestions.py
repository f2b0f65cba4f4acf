"""What a misspelt value probably means."""

import pytest
from groundplan.facts import instances, regions
from groundplan.problems import one_of


@pytest.mark.parametrize("name", ["m5.large", "m5.xlarge", "g5.2xlarge"])
def test_an_instance_type_of_ec2_on_an_endpoint_lacks_its_prefix(name: str) -> None:
    (problem,) = instances.sagemaker_problems("instance_type", name)
    assert problem.fix == f'did you mean "ml.{name}"'


@pytest.mark.parametrize("name", ["g5.xlarge", "p4d.24xlarge", "m5.large"])
def test_an_instance_type_of_sagemaker_on_a_pool_has_a_prefix_too_many(name: str) -> None:
    (problem,) = instances.ec2_problems("instance_type", f"ml.{name}")
    assert problem.fix == f'did you mean "{name}"'


@pytest.mark.parametrize(
    ("name", "meant"), [("us-esat-1", "us-east-1"), ("eu-wets-1", "eu-west-1")]
)
def test_letters_in_each_others_place_are_tried_first(name: str, meant: str) -> None:
    (problem,) = one_of("region", name, regions.names())
    assert problem.fix == f'did you mean "{meant}"'


def test_three_are_proposed_where_it_is_not_certain() -> None:
    (problem,) = one_of("size", "small", ["smaller", "smallish", "smallest", "x"])
    assert problem.fix.count('"') == 6
    assert " or " in problem.fix
