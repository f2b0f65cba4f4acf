import pytest
from groundplan.facts import service_quotas


@pytest.mark.parametrize(
    ("kind", "spot", "code"),
    [
        ("p4d.24xlarge", True, "L-7212CCBC"),
        ("p5.48xlarge", True, "L-C4BD4855"),
        ("p5en.48xlarge", True, "L-C4BD4855"),
        ("p5.48xlarge", False, "L-417A185B"),
        ("p6-b200.48xlarge", False, "L-417A185B"),
        ("trn1.2xlarge", True, "L-6B0D517C"),
        ("im4gn.large", False, "L-1216C47A"),
    ],
)
def test_an_instance_counts_against_the_quota_of_its_family_and_generation(
    kind: str, spot: bool, code: str
) -> None:
    quota = service_quotas.of_instance(kind, spot)

    assert quota is not None
    assert quota.code == code


@pytest.mark.parametrize(("kind", "spot"), [("p6-b200.48xlarge", True), ("mac2.metal", False)])
def test_a_quota_that_no_source_names_is_not_known(kind: str, spot: bool) -> None:
    assert service_quotas.of_instance(kind, spot) is None
