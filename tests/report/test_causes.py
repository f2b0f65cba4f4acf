"""Changes by their cause: an edit, what it changes, and what follows from that."""

import io
from dataclasses import replace

from cause_reports import (
    CIDR,
    CLUSTER,
    NAT,
    NETWORK,
    ROUTES,
    SUBNETS,
    VPC,
    new_cidr,
    renewed,
    replaced,
)
from groundplan.diff.changes import Change, Changes, Kind, PropertyChange
from groundplan.diff.edits.edit import NO_EDITS, Edit, Edits
from groundplan.manifest.model import Manifest
from groundplan.report.causes import alike, causes
from groundplan.report.model import Report
from groundplan.report.terminal.changes import show_changes
from rich.console import Console


def printed(report: Report, width: int = 100, **options: bool) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    show_changes(report, console, **options)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_one_edit_is_one_cause_with_its_changes_and_what_follows() -> None:
    (cause,) = causes(new_cidr())
    assert cause.edits == (CIDR,)
    assert [change.resource for change in cause.changes] == [VPC, *SUBNETS]
    assert [change.resource for change in cause.following] == [*ROUTES, CLUSTER]
    assert cause.counts[Kind.REPLACE] == 8
    assert dict(cause.components or {}) == {"network": 8, "not in a component": 1}
    assert len(cause.risks) == 6


def test_without_a_known_edit_changes_are_by_component_with_what_follows() -> None:
    report = replace(new_cidr(), edits=NO_EDITS)
    (cause,) = causes(report)
    assert (cause.title, cause.kind, cause.edits) == ("network", "[Network]", ())
    assert [change.resource for change in cause.following] == [*ROUTES, CLUSTER]


def test_what_follows_from_two_causes_is_listed_once() -> None:
    other = replaced(SUBNETS[1], PropertyChange("nat", "3", "1", True))
    route = replaced(ROUTES[0], causes=(VPC.urn, SUBNETS[1].urn), own=False)
    block = replaced(VPC, PropertyChange("cidrBlock", "10.0.0.0/16", "10.1.0.0/16", True))
    report = Report(
        "shop",
        "dev",
        Manifest("shop", "dev", (NETWORK,)),
        changes=Changes("main", (block, other, route), 0),
        edits=Edits((CIDR, NAT)),
    )
    found = causes(report)
    assert {cause.edits: len(cause.following) for cause in found} == {(CIDR,): 1, (NAT,): 0}


def test_a_change_with_a_difference_of_its_own_is_not_folded() -> None:
    own = PropertyChange("size", 1, 2)
    pool = replaced(CLUSTER, own, renewed("subnet", SUBNETS[0]), causes=(SUBNETS[0].urn,))
    report = new_cidr(edits=(CIDR, NAT))
    assert report.changes
    changes = Changes("main", (*report.changes.changes[:-1], pool), 0)
    (cause,) = causes(replace(report, changes=changes))
    assert CLUSTER in [change.resource for change in cause.changes]


def test_a_cycle_of_causes_ends() -> None:
    one = replaced(VPC, causes=(SUBNETS[0].urn,), own=False)
    other = replaced(SUBNETS[0], causes=(VPC.urn,), own=False)
    report = Report(
        "shop", "dev", Manifest("shop", "dev", ()), changes=Changes("main", (one, other), 0)
    )
    assert sum(len(cause.changes) + len(cause.following) for cause in causes(report)) == 2


def test_changes_with_the_same_values_are_listed_together_whatever_their_type() -> None:
    off = PropertyChange("protect", True, False)
    same = [Change(Kind.UPDATE, of, of, options=(off,)) for of in (VPC, SUBNETS[0], CLUSTER)]
    (part,) = alike(same)
    assert (part.noun, part.same, part.names[0]) == ("resources", True, "network-vpc")
    assert [len(part.changes) for part in alike(same[:2])] == [1, 1]


def test_the_terminal_shows_the_edit_first_and_folds_what_follows() -> None:
    lines = printed(new_cidr())
    assert lines[1:4] == [
        "Pulumi.dev.yaml:6 shop:network.cidrBlock: 10.0.0.0/16 -> 10.1.0.0/16",
        (
            "  1 to update, 8 to replace: network 8, not in a component 1; "
            "1 high, 4 medium, 1 low risks"
        ),
        "! high The cluster training-cluster can't move.",
    ]
    start = lines.index("  -/+ network-vpc aws Vpc")
    assert lines[start:] == [
        "  -/+ network-vpc aws Vpc",
        "        cidrBlock: 10.0.0.0/16 -> 10.1.0.0/16  (forces replacement)",
        "  -/+ 4 aws Subnet: network-0, network-1, network-2, network-3",
        "        of network-0:",
        "        cidrBlock: 10.0.0.0/24 -> 10.1.0.0/24  (forces replacement)",
        "        vpcId: new ${network-vpc.id}  (forces replacement)",
        "  4 more changes follow from this (--inputs: in full)",
        "    -/+ 3 aws Route: network-route-0, network-route-1, network-route-2",
        "    ~   training-cluster aws Cluster  vpcConfig.subnetIds",
    ]
    assert "unknown until" not in "\n".join(lines)


def test_inputs_shows_in_full_what_follows() -> None:
    lines = printed(new_cidr(), every=True)
    assert "  -/+ network-route-2 aws Route" in lines
    assert "        subnetId: new ${network-0.id}  (forces replacement)" in lines
    assert not [line for line in lines if "follow from this" in line]


def test_several_causes_are_listed_first_and_each_has_its_changes() -> None:
    pool = Edit("__main__.py", 4, "", "size=1,", "size=2,", range(4, 5), range(4, 5))
    added = Edit("__main__.py", 9, "", "", "nat=1,")
    lines = printed(new_cidr(edits=(CIDR, pool, added)))
    assert lines[1].startswith("Pulumi.dev.yaml:6 ")
    assert "Pulumi.dev.yaml:6" not in lines[4:]
    other = replaced(SUBNETS[1], PropertyChange("x", "size=1", "size=2", True))
    report = new_cidr(edits=(CIDR, pool, added))
    assert report.changes
    changes = (*report.changes.changes[:1], other)
    lines = printed(replace(report, changes=Changes("main", changes, 0)))
    assert "__main__.py:4 size=1, -> size=2," in lines
    # The one with the medium risk comes before the one with the low risk.
    assert lines.index("__main__.py:4") < lines.index("Pulumi.dev.yaml:6")


def test_no_line_is_broken_at_80_columns() -> None:
    assert max(map(len, printed(new_cidr(), width=80))) <= 80


def test_the_same_risk_of_several_resources_is_listed_once_and_the_worst_first() -> None:
    lines = printed(new_cidr())
    risks = [line for line in lines if line.startswith("! ")]
    assert risks == [
        "! high The cluster training-cluster can't move.",
        "! medium The subnet network-0 is replaced.",
        "! low The VPC network-vpc is watched less.",
    ]
    start = lines.index(risks[1])
    assert lines[start + 1 : start + 3] == [
        "    the same of network-1, network-2, network-3",
        "    because cidrBlock",
    ]
