"""Which edit a change comes from."""

from dataclasses import replace
from typing import Any

from groundplan.diff.changes import Change, Changes, Kind, PropertyChange
from groundplan.diff.edits.attribution import attributed, components
from groundplan.diff.edits.edit import Edit, Edits
from groundplan.manifest.model import Resource

TRAINING = Resource("urn:training", "my:index:TrainingCluster", "training", None, False, {})


def resource(
    name: str, source: str = "", parent: Resource | None = None, **inputs: Any
) -> Resource:
    parent_urn = parent.urn if parent else None
    return Resource(
        f"urn:{name}", "aws:x/y:NodeGroup", name, parent_urn, True, inputs, source=source
    )


def update(of: Resource, path: str, old: Any, new: Any, own: bool = True) -> Change:
    return Change(Kind.UPDATE, of, of, (PropertyChange(path, old, new),), own=own)


def setting(path: str, old: str = "", new: str = "") -> Edit:
    return Edit("Pulumi.dev.yaml", 1, path, old, new)


def causes(edits: Edits, *changes: Change) -> dict[str, list[str]]:
    every = [side for c in changes for side in (c.before, c.after) if side]
    found = attributed(Changes("main", changes, 0), edits, components([TRAINING, *every]))
    return {
        urn.removeprefix("urn:"): [e.setting or e.place for e in of] for urn, of in found.items()
    }


def test_one_edit_is_the_cause_of_everything_that_is_no_consequence() -> None:
    one = Edits((setting("shop:size", "1", "2"),), complete=True)
    a, b = update(resource("a"), "x", 1, 9), update(resource("b"), "y", 1, 9, own=False)
    assert causes(one, a, b) == {"a": ["shop:size"]}


def test_one_edit_is_no_cause_where_something_else_differs_that_a_program_reads() -> None:
    one = Edits((setting("shop:size", "1", "2"),), complete=False)
    assert causes(one, update(resource("a"), "x", 1, 9)) == {}


def test_a_pool_belongs_to_its_setting() -> None:
    edits = Edits(
        (
            setting("shop:training.pools.gpu.maxSize", "8", "16"),
            setting("shop:training.pools.gpu-spot.maxSize", "8", "16"),
            setting("shop:network.cidrBlock", "10.0.0.0/16", "10.1.0.0/16"),
        )
    )
    gpu = resource("training-gpu-nodes", parent=TRAINING)
    spot = resource("training-gpu-spot-nodes", parent=TRAINING)
    subnet = resource("network-private-1")
    assert causes(
        edits,
        update(gpu, "scalingConfig.maxSize", 8, 16),
        update(spot, "scalingConfig.maxSize", 8, 16),
        update(subnet, "cidrBlock", "10.0.0.0/18", "10.1.0.0/18"),
    ) == {
        "training-gpu-nodes": ["shop:training.pools.gpu.maxSize"],
        "training-gpu-spot-nodes": ["shop:training.pools.gpu-spot.maxSize"],
        "network-private-1": ["shop:network.cidrBlock"],
    }


def test_a_value_in_a_longer_one_is_a_cause() -> None:
    edits = Edits((setting("shop:bucket", "old-name", "new-name"), setting("shop:other", "1", "2")))
    change = update(resource("policy"), "policy", "arn:old-name/*", "arn:new-name/*")
    assert causes(edits, change) == {"policy": ["shop:bucket"]}


def test_a_line_in_the_statement_that_registers_a_resource_is_its_cause() -> None:
    near = Edit("main.py", 6, "", "size=1", "size=n", range(4, 8), range(4, 8))
    far = Edit("main.py", 20, "", "x = 1", "x = 2", range(20, 21), range(20, 21))
    a, b = resource("a", "main.py:4"), resource("b", "main.py:9")
    edits = Edits((near, far))
    assert causes(edits, update(a, "k", "p", "q"), update(b, "k", "p", "q")) == {"a": ["main.py:6"]}


def test_a_deleted_resource_was_registered_by_a_removed_line() -> None:
    gone = Edit("main.py", 6, "", "aws.Queue()", "", range(0), range(6, 8))
    other = Edit("main.py", 6, "", "x = 1", "x = 2", range(6, 7), range(9, 10))
    change = Change(Kind.DELETE, resource("q", "main.py:6"), None)
    assert causes(Edits((gone, other)), change) == {"q": ["main.py:6"]}


def test_a_constant_of_a_program_is_the_cause_of_its_value() -> None:
    edit = Edit("main.py", 1, "", 'CIDR = "10.0.0.0/16"', 'CIDR = "10.1.0.0/16"')
    other = Edit("main.py", 2, "", "x = 1", "x = 2")
    change = update(resource("net", "main.py:9"), "cidrBlock", "10.0.0.0/16", "10.1.0.0/16")
    assert causes(Edits((edit, other)), change) == {"net": ["main.py:1"]}


def test_a_number_in_a_line_is_the_cause_of_the_same_number_in_a_resource() -> None:
    sizes = Edit("main.py", 1, "", 'SIZES = {"gpu": 2, "cpu": 4}', 'SIZES = {"gpu": 1, "cpu": 8}')
    other = Edit("main.py", 2, "", "x = 24", "x = 18")
    change = update(resource("pool", "main.py:9"), "scalingConfig.maxSize", 4, 8)
    assert causes(Edits((sizes, other)), change) == {"pool": ["main.py:1"]}


def test_edits_that_have_as_much_in_common_are_causes_together() -> None:
    edits = Edits((setting("shop:training.pools.a"), setting("shop:training.pools.b")))
    change = update(resource("training-queue", parent=TRAINING), "quota", 1, 2)
    assert causes(edits, change) == {
        "training-queue": ["shop:training.pools.a", "shop:training.pools.b"]
    }


def test_a_setting_of_no_component_is_the_cause_of_the_same_change_in_several() -> None:
    network = Resource("urn:network", "my:index:Network", "network", None, False, {})
    one, two = resource("training-key", parent=TRAINING), resource("network-key", parent=network)
    changes = [
        Change(Kind.UPDATE, of, of, options=(PropertyChange("protect", True, False),))
        for of in (one, two)
    ]
    edits = Edits((setting("shop:deletionProtection", "", "false"), setting("shop:network.cidr")))
    found = attributed(
        Changes("main", tuple(changes), 0), edits, components([TRAINING, network, one, two])
    )
    assert {edit.setting for of in found.values() for edit in of} == {"shop:deletionProtection"}
    assert len(found) == 2


def test_what_refers_to_a_deleted_resource_changes_with_it() -> None:
    gate = resource("network-nat-2")
    alarm = replace(resource("alarm"), property_dependencies={"dimensions": (gate.urn,)})
    board = replace(resource("board"), property_dependencies={"body": (alarm.urn,)})
    edits = Edits((setting("shop:network.nat", "2", "1"), setting("shop:other.x")))
    after = replace(board, property_dependencies={})
    assert causes(
        edits,
        Change(Kind.DELETE, gate, None),
        Change(Kind.DELETE, alarm, None),
        Change(Kind.UPDATE, board, after, (PropertyChange("body", "a", "b"),)),
    ) == {name: ["shop:network.nat"] for name in ("network-nat-2", "alarm", "board")}


def test_a_change_with_nothing_in_common_has_no_cause() -> None:
    edits = Edits((setting("shop:a", "1", "2"), setting("shop:b", "1", "2")))
    assert causes(edits, update(resource("queue"), "delay", 5, 6)) == {}
