"""Values that a deployment renews, in few words."""

from typing import Any

import pytest
from groundplan.diff.changes import PropertyChange
from groundplan.diff.unknown_values import brief, renewed, renewed_inputs


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("${vpc.id}", "${unknown until vpc}", "${vpc.id}"),
        ("${a.b.id}", "${unknown until a.b}", "${a.b.id}"),
        ("${vpc.ids[0]}", "${unknown until vpc}", "${vpc.ids[0]}"),
        ("${vpc[0]}", "${unknown until vpc}", "${vpc[0]}"),
        ("vpc/${vpc.id}/x", "vpc/${unknown until vpc}/x", "vpc/${vpc.id}/x"),
        (
            "${aws.accountId}:${vpc.id}",
            "${aws.accountId}:${unknown until vpc}",
            "${aws.accountId}:${vpc.id}",
        ),
        ("${unknown until a}", "${unknown until a (replaced)}", "${unknown until a}"),
        ("vpc/${vpc.id}/x", "vpc/${unknown until vpc}/y", ""),
        ("${other.id}", "${unknown until vpc}", ""),
        ("${vpc-2.id}", "${unknown until vpc}", ""),
        ("10.0.0.0/16", "${unknown until vpc}", ""),
        ("${vpc.id}", "${vpc.arn}", ""),
        (1, "${unknown until vpc}", ""),
        (None, None, ""),
    ],
)
def test_a_value_is_renewed_where_only_outputs_of_replaced_resources_differ(
    old: Any, new: Any, shown: str
) -> None:
    assert renewed(old, new) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("${unknown until vpc}", "(from vpc)"),
        ("a ${unknown until a, b} b", "a (from a, b) b"),
        ("${unknown until a, b, c, d}", "(from a, b and 2 more)"),
        ("${unknown until vpc (replaced)}", "(from vpc)"),
        ("${vpc.id}", "${vpc.id}"),
        ("", ""),
    ],
)
def test_what_is_not_known_names_where_it_comes_from(text: str, shown: str) -> None:
    assert brief(text) == shown


def test_the_items_of_a_list_are_one_input() -> None:
    changes = [
        PropertyChange("subnetIds[0]", "${a.id}", "${unknown until a}"),
        PropertyChange("subnetIds[1]", "${b.id}", "${unknown until b}"),
        PropertyChange("vpcId", "${v.id}", "${unknown until v}"),
        PropertyChange("name", "x", "y"),
    ]
    assert list(renewed_inputs(changes)) == [
        ("subnetIds", ["${a.id}", "${b.id}"]),
        ("vpcId", ["${v.id}"]),
    ]
