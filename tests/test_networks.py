"""Ranges of addresses are judged together."""

import pytest
from groundplan.networks import is_internet


@pytest.mark.parametrize(
    "cidrs",
    [
        ["0.0.0.0/0"],
        ["0.0.0.0/1", "128.0.0.0/1"],
        ["128.0.0.0/1"],
        ["0.0.0.0/2", "64.0.0.0/2", "203.0.113.0/24"],
        [f"{first}.0.0.0/8" for first in range(1, 224)],
        ["::/0"],
        ["::/1", "8000::/1"],
        ["2000::/3"],
        ["2000::/4", "203.0.113.0/24"],
        ["nonsense", "0.0.0.0/0"],
    ],
)
def test_half_of_the_addresses_are_the_internet(cidrs: list[str]) -> None:
    assert is_internet(cidrs)


@pytest.mark.parametrize(
    "cidrs",
    [
        [],
        ["203.0.113.0/24"],
        ["203.0.113.0/24"] * 9,
        ["0.0.0.0/2", "0.0.0.0/3", "32.0.0.0/3"],
        ["10.0.0.0/8", "172.16.0.0/12"],
        ["fd00::/8", "fe80::/10", "2001:db8::/32"],
        ["nonsense"],
    ],
)
def test_networks_of_somebody_are_not(cidrs: list[str]) -> None:
    assert not is_internet(cidrs)
