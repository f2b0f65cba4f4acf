from typing import Any

import pytest
from groundplan.problems import Problem
from groundplan.training.cluster import access

ROLE = "arn:aws:iam::123456789012:role/ml/platform"


def problems_of(**args: Any) -> dict[str, Problem]:
    return {p.key: p for p in access.problems(args)}


def test_roles_and_users_administer_a_cluster() -> None:
    assert not problems_of(
        administrators=[
            ROLE,
            "arn:aws-cn:iam::123456789012:user/anna",
            "arn:aws-us-gov:iam::123456789012:role/x",
        ]
    )


@pytest.mark.parametrize(
    ("arn", "fix"),
    [
        ("arn:aws:sts::123456789012:assumed-role/platform/anna", "not a session"),
        ("arn:aws:iam::123456789012:root", "the role's ARN"),
        ("arn:aws:iam::123456789012:group/ml", "the role's ARN"),
        ("platform", "the role's ARN"),
    ],
)
def test_who_can_not_have_an_access_entry_is_refused(arn: str, fix: str) -> None:
    assert fix in problems_of(administrators=[ROLE, arn])["administrators[1]"].fix


def test_administrators_are_required_and_unique() -> None:
    assert "pulumi up" in problems_of(administrators=[])["administrators"].fix
    assert list(problems_of(administrators=[ROLE, ROLE])) == ["administrators[1]"]


@pytest.mark.parametrize("network", ["203.0.113.0/24", "198.51.100.7/32"])
def test_a_public_network_may_reach_the_endpoint(network: str) -> None:
    assert not problems_of(public_access_cidrs=[network])


@pytest.mark.parametrize(
    ("network", "text"),
    [
        ("0.0.0.0/0", "not the whole internet"),
        ("10.0.0.0/8", "public addresses"),
        ("192.168.1.0/24", "public addresses"),
        ("203.0.113.7/24", "host bits set"),
        ("8.8.8.8", "write 8.8.8.8/32"),
        ("office", "office"),
        ("2001:db8::/32", "2001"),
    ],
)
def test_a_network_that_is_invalid_or_too_wide_is_refused(network: str, text: str) -> None:
    assert text in str(problems_of(public_access_cidrs=[network])["public_access_cidrs[0]"])


@pytest.mark.parametrize("network", ["10.0.0.0/8", "192.168.1.0/24", "203.0.113.0/24"])
def test_a_network_of_any_addresses_may_be_connected_to_the_vpc(network: str) -> None:
    assert not problems_of(private_access_cidrs=[network])


@pytest.mark.parametrize("network", ["0.0.0.0/0", "10.0.0.1/16", "10.0.0.7", "vpc"])
def test_what_is_no_network_has_no_private_access(network: str) -> None:
    assert list(problems_of(private_access_cidrs=[network])) == ["private_access_cidrs[0]"]


def test_private_access_is_granted_to_each_network_once() -> None:
    assert list(problems_of(private_access_cidrs=["10.0.0.0/16", "10.0.0.0/16"])) == [
        "private_access_cidrs[1]"
    ]


def test_an_endpoint_allows_forty_networks() -> None:
    assert not problems_of(public_access_cidrs=[f"203.0.113.{n}/32" for n in range(40)])
    assert list(problems_of(public_access_cidrs=[f"203.0.113.{n}/32" for n in range(41)])) == [
        "public_access_cidrs"
    ]


def test_an_unknown_kubernetes_version_is_reported_with_the_known_ones() -> None:
    problem = problems_of(kubernetes_version="1.20")["kubernetes_version"]

    assert problem.allowed == "1.35, 1.36"
    assert problem.fix
    assert not problems_of(kubernetes_version="1.35")


@pytest.mark.parametrize(("days", "nearest"), [(0, 1), (10, 14), (91, 120), (9999, 3653)])
def test_log_retention_is_a_value_that_cloudwatch_accepts(days: int, nearest: int) -> None:
    assert problems_of(log_retention_days=days)["log_retention_days"].fix == f"use {nearest}"
    assert not problems_of(log_retention_days=nearest)


@pytest.mark.parametrize("name", ["", "-a", "a b", "x" * 101])
def test_a_cluster_name_is_valid_for_eks(name: str) -> None:
    assert list(problems_of(cluster_name=name)) == ["cluster_name"]
    assert not problems_of(cluster_name="ml-prod_1")


def test_a_key_is_named_by_its_arn() -> None:
    assert list(problems_of(kms_key_arn="alias/eks")) == ["kms_key_arn"]
    assert not problems_of(kms_key_arn="arn:aws:kms:us-east-1:123456789012:key/1")


@pytest.mark.parametrize(
    "networks",
    [
        ["0.0.0.0/2", "64.0.0.0/2"],
        ["0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"],
        [f"{first}.0.0.0/4" for first in range(0, 224, 16)],
    ],
)
def test_networks_that_together_are_the_internet_are_refused(networks: list[str]) -> None:
    assert "less than half of the internet" in str(
        problems_of(public_access_cidrs=networks)["public_access_cidrs"]
    )


def test_halves_of_the_internet_are_refused_one_by_one() -> None:
    reported = problems_of(public_access_cidrs=["0.0.0.0/1", "128.0.0.0/1"])
    assert list(reported) == ["public_access_cidrs[0]", "public_access_cidrs[1]"]


def test_each_public_network_is_listed_once() -> None:
    reported = problems_of(public_access_cidrs=["203.0.113.0/24", "203.0.113.0/24"])
    assert list(reported) == ["public_access_cidrs[1]"]
