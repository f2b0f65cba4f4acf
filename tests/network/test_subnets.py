import re
from ipaddress import IPv4Network

import pytest
from groundplan.network import subnets
from groundplan.problems import Problem
from hypothesis import given
from hypothesis import strategies as st


@st.composite
def valid(draw: st.DrawFn) -> tuple[str, int]:
    """A VPC's network and a number of zones that have no problems."""
    zones = draw(st.integers(1, 6))
    prefix = draw(st.integers(16, 24 if zones <= 3 else 22))
    home = draw(st.sampled_from(subnets.PRIVATE_RANGES))
    address = draw(st.integers(int(home.network_address), int(home.broadcast_address)))
    return str(IPv4Network((address, prefix), strict=False)), zones


def networks(cidr: str, zones: int) -> list[IPv4Network]:
    layout = subnets.layout(cidr, zones)
    return [IPv4Network(text) for text in (*layout.private, *layout.public)]


def problem(cidr: str, zones: int = 3) -> Problem:
    (found,) = subnets.problems(cidr, zones)
    return found


def test_three_zones_have_large_private_and_small_public_subnets() -> None:
    assert subnets.layout("10.0.0.0/16", 3) == subnets.Layout(
        private=("10.0.0.0/18", "10.0.64.0/18", "10.0.128.0/18"),
        public=("10.0.192.0/20", "10.0.208.0/20", "10.0.224.0/20"),
    )


def test_more_than_three_zones_have_eighths() -> None:
    assert subnets.layout("10.0.0.0/16", 4) == subnets.Layout(
        private=("10.0.0.0/19", "10.0.32.0/19", "10.0.64.0/19", "10.0.96.0/19"),
        public=("10.0.224.0/22", "10.0.228.0/22", "10.0.232.0/22", "10.0.236.0/22"),
    )


@given(valid())
def test_each_zone_has_a_subnet_of_both_kinds_of_a_size_that_aws_accepts(
    vpc: tuple[str, int],
) -> None:
    blocks = networks(*vpc)
    assert len(blocks) == 2 * vpc[1]
    assert all(16 <= subnet.prefixlen <= 28 for subnet in blocks)


@given(valid())
def test_blockslie_inside_the_vpc_and_never_overlap(vpc: tuple[str, int]) -> None:
    blocks = networks(*vpc)
    assert all(subnet.subnet_of(IPv4Network(vpc[0])) for subnet in blocks)
    assert not any(one.overlaps(other) for i, one in enumerate(blocks) for other in blocks[:i])


@given(valid())
def test_adding_a_zone_changes_no_other_subnet_up_to_three_and_from_four_to_six(
    vpc: tuple[str, int],
) -> None:
    cidr, zones = vpc
    fewer, most = subnets.layout(cidr, zones), subnets.layout(cidr, 3 if zones <= 3 else 6)
    assert most.private[:zones] == fewer.private
    assert most.public[:zones] == fewer.public


@given(valid())
def test_a_large_enough_block_has_no_problem(vpc: tuple[str, int]) -> None:
    assert subnets.problems(*vpc) == []


@given(st.text(max_size=20), st.integers(-1, 8))
def test_any_text_is_validated(text: str, zones: int) -> None:
    if not subnets.problems(text, zones):
        assert len(networks(text, zones)) == 2 * zones


@pytest.mark.parametrize(
    "text",
    ["", "10.0.0.0", "10.0.0.0/255.255.0.0", "10.0.0/16", "10.0.0.0/33", " 10.0.0.0/16", "ten/16"],
)
def test_text_that_is_no_cidr_block_is_refused(text: str) -> None:
    found = problem(text)
    assert (found.key, found.value, found.allowed) == (
        "cidr_block",
        text,
        "an IPv4 network in CIDR notation",
    )


def test_the_fix_of_host_bits_is_the_block_without_them() -> None:
    assert problem("10.1.2.3/16").fix == "use 10.1.0.0/16"


def test_ipv6_is_refused() -> None:
    assert "IPv6" in problem("fd00::/56").allowed


@pytest.mark.parametrize(
    "text", ["8.8.0.0/16", "172.32.0.0/16", "100.128.0.0/16", "0.0.0.0/0", "10.0.0.0/7"]
)
def test_public_ranges_are_refused(text: str) -> None:
    assert (
        problem(text).allowed
        == "a block in a private range: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10"
    )


def test_the_fix_of_a_block_larger_than_a_vpc_is_a_part_of_it() -> None:
    found = problem("10.32.0.1/11")
    assert found.allowed == "/16 to /24, as AWS has no larger VPC"
    assert found.fix == "use a part of it, such as 10.32.0.0/16"


@pytest.mark.parametrize(
    ("text", "zones", "fix"),
    [
        ("10.0.0.128/25", 1, "use /24 or larger, such as 10.0.0.0/24"),
        ("10.0.0.0/25", 3, "use /24 or larger, such as 10.0.0.0/24"),
        ("10.0.1.0/24", 4, "use /22 or larger, such as 10.0.0.0/22, or at most 3 zones"),
        ("10.0.0.0/28", 6, "use /22 or larger, such as 10.0.0.0/22"),
    ],
)
def test_the_fix_of_a_block_too_small_for_its_zones_is_a_larger_one(
    text: str, zones: int, fix: str
) -> None:
    found = problem(text, zones)
    assert "is too small" in found.allowed
    assert found.fix == fix


@pytest.mark.parametrize("zones", [0, -1, 7])
def test_a_number_of_zones_that_no_region_has_is_refused(zones: int) -> None:
    assert problem("10.0.0.0/16", zones) == Problem(
        "zone_count", zones, "a whole number from 1 to 6 (zones)"
    )


def test_block_and_zones_are_both_validated() -> None:
    assert [found.key for found in subnets.problems("10.0.0.0/8", 9)] == [
        "zone_count",
        "cidr_block",
    ]


@given(valid(), st.integers(0, 32), st.integers(1, 6))
def test_a_fix_is_valid(vpc: tuple[str, int], prefix: int, zones: int) -> None:
    for found in subnets.problems(f"{vpc[0].split('/')[0]}/{prefix}", zones):
        proposed = re.findall(r"[\d.]+/\d+", found.fix)
        assert proposed
        assert subnets.problems(proposed[0], zones) == []
