from typing import Any

import pytest
from groundplan.problems import Problem
from groundplan.training.cluster import access

ROLE = "arn:aws:iam::123456789012:role/ml/platform"


def found(**args: Any) -> dict[str, Problem]:
    return {p.key: p for p in access.problems(args)}


def test_roles_and_users_administer_a_cluster() -> None:
    assert not found(
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
    assert fix in found(administrators=[ROLE, arn])["administrators[1]"].fix


def test_somebody_administers_the_cluster_and_nobody_twice() -> None:
    assert "pulumi up" in found(administrators=[])["administrators"].fix
    assert list(found(administrators=[ROLE, ROLE])) == ["administrators[1]"]


@pytest.mark.parametrize("network", ["203.0.113.0/24", "198.51.100.7/32"])
def test_a_public_network_may_reach_the_endpoint(network: str) -> None:
    assert not found(public_access_cidrs=[network])


@pytest.mark.parametrize(
    ("network", "said"),
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
def test_a_network_that_eks_or_prudence_refuses_is_refused(network: str, said: str) -> None:
    assert said in str(found(public_access_cidrs=[network])["public_access_cidrs[0]"])


@pytest.mark.parametrize("network", ["10.0.0.0/8", "192.168.1.0/24", "203.0.113.0/24"])
def test_a_network_of_any_addresses_may_be_connected_to_the_vpc(network: str) -> None:
    assert not found(private_access_cidrs=[network])


@pytest.mark.parametrize("network", ["0.0.0.0/0", "10.0.0.1/16", "10.0.0.7", "vpc"])
def test_what_is_no_network_has_no_private_access(network: str) -> None:
    assert list(found(private_access_cidrs=[network])) == ["private_access_cidrs[0]"]


def test_private_access_is_given_to_each_network_once() -> None:
    assert list(found(private_access_cidrs=["10.0.0.0/16", "10.0.0.0/16"])) == [
        "private_access_cidrs[1]"
    ]


def test_an_endpoint_takes_forty_networks() -> None:
    assert not found(public_access_cidrs=[f"203.0.113.{n}/32" for n in range(40)])
    assert list(found(public_access_cidrs=[f"203.0.113.{n}/32" for n in range(41)])) == [
        "public_access_cidrs"
    ]


def test_an_unknown_kubernetes_version_gets_the_known_ones() -> None:
    problem = found(kubernetes_version="1.20")["kubernetes_version"]

    assert problem.allowed == "1.35, 1.36"
    assert problem.fix
    assert not found(kubernetes_version="1.35")


@pytest.mark.parametrize(("days", "nearest"), [(0, 1), (10, 14), (91, 120), (9999, 3653)])
def test_logs_are_kept_for_as_long_as_cloudwatch_can(days: int, nearest: int) -> None:
    assert found(log_retention_days=days)["log_retention_days"].fix == f"use {nearest}"
    assert not found(log_retention_days=nearest)


@pytest.mark.parametrize("name", ["", "-a", "a b", "x" * 101])
def test_a_cluster_has_a_name_that_eks_takes(name: str) -> None:
    assert list(found(cluster_name=name)) == ["cluster_name"]
    assert not found(cluster_name="ml-prod_1")


def test_a_key_is_named_by_its_arn() -> None:
    assert list(found(kms_key_arn="alias/eks")) == ["kms_key_arn"]
    assert not found(kms_key_arn="arn:aws:kms:us-east-1:123456789012:key/1")
