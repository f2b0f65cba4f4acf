"""Which resource is which, and what happens to it."""

import random
import time
from dataclasses import replace
from typing import Any

import pytest
from groundplan.diff.changes import ABSENT, Change, Changes, Kind, compare
from groundplan.manifest.model import STACK_TYPE, Manifest, Resource
from hypothesis import given, settings
from hypothesis import strategies as st

PREFIX = "urn:pulumi:dev::shop::"
BUCKET = "aws:s3/bucket:Bucket"
GROUP = "test:index:Group"


def made(
    type_: str,
    name: str,
    inputs: dict[str, Any] | None = None,
    parent: Resource | None = None,
    **more: Any,
) -> Resource:
    """A resource; `more` is its options, and `uses` and `outputs`."""
    chain = f"{parent.urn.split('::')[2]}${type_}" if parent else type_
    uses, outputs = more.pop("uses", {}), more.pop("outputs", {})
    return Resource(
        urn=f"{PREFIX}{chain}::{name}",
        type=type_,
        name=name,
        parent=parent.urn if parent else None,
        custom=not type_.startswith("test:"),
        inputs=inputs or {},
        outputs=outputs,
        dependencies=tuple(sorted(r.urn for r in uses.values())),
        property_dependencies={key: (resource.urn,) for key, resource in uses.items()},
        options=more,
    )


def manifest(*resources: Resource, outputs: dict[str, Any] | None = None) -> Manifest:
    return Manifest(
        "shop", "dev", tuple(sorted(resources, key=lambda r: r.urn)), outputs=outputs or {}
    )


def changed(before: Manifest, after: Manifest) -> list[tuple[str, str, str]]:
    return [
        (c.kind.value, c.resource.name, c.note) for c in compare(before, after, "the base").changes
    ]


def only(changes: Changes) -> Change:
    assert len(changes.changes) == 1, changes.changes
    return changes.changes[0]


def test_what_is_on_one_side_only_is_created_or_deleted() -> None:
    old, new = made(BUCKET, "old"), made(BUCKET, "new")
    found = compare(manifest(old), manifest(new), "main (1a2b3c4)")
    assert [(c.kind, c.before, c.after) for c in found.changes] == [
        (Kind.CREATE, None, new),
        (Kind.DELETE, old, None),
    ]
    assert found.base == "main (1a2b3c4)"
    assert (found.counts[Kind.CREATE], found.counts[Kind.DELETE], found.counts[Kind.UPDATE]) == (
        1,
        1,
        0,
    )


def test_nothing_changes_between_empty_manifests() -> None:
    assert compare(manifest(), manifest(), "x") == Changes(
        "x", (), 0, counts=dict.fromkeys(Kind, 0)
    )


def test_what_stays_is_counted_and_not_listed() -> None:
    one, two = made(BUCKET, "one", {"tags": {"a": "1"}}), made(BUCKET, "two")
    found = compare(
        manifest(one, two), manifest(replace(one, inputs={"tags": {"a": "2"}}), two), "x"
    )
    assert [(c.kind, c.resource.name) for c in found.changes] == [(Kind.UPDATE, "one")]
    assert found.unchanged == 1


def test_an_alias_with_the_old_name_is_a_rename() -> None:
    before, after = made(BUCKET, "data"), made(BUCKET, "artifacts", aliases=[{"name": "data"}])
    change = only(compare(manifest(before), manifest(after), "x"))
    assert (change.kind, change.before, change.after, change.note) == (
        Kind.RENAME,
        before,
        after,
        "renamed from data",
    )


def test_an_alias_that_is_a_urn_counts_as_well() -> None:
    before = made(BUCKET, "data")
    after = made(BUCKET, "artifacts", aliases=["urn:pulumi:dev::shop::nothing::here", before.urn])
    assert changed(manifest(before), manifest(after)) == [
        ("rename", "artifacts", "renamed from data")
    ]


def test_an_alias_with_the_old_type_is_a_rename() -> None:
    before = made("aws:s3/bucketV2:BucketV2", "data")
    after = made(BUCKET, "data", aliases=[{"type": "aws:s3/bucketV2:BucketV2"}])
    assert changed(manifest(before), manifest(after)) == [
        ("rename", "data", "of another type, was aws:s3/bucketV2:BucketV2"),
    ]


def test_an_alias_with_another_stack_or_project_is_resolved() -> None:
    before = replace(made(BUCKET, "data"), urn="urn:pulumi:old::store::aws:s3/bucket:Bucket::data")
    after = made(BUCKET, "new", aliases=[{"name": "data", "stack": "old", "project": "store"}])
    assert changed(manifest(before), manifest(after)) == [("rename", "new", "renamed from data")]


def test_an_alias_with_another_parent_is_a_move() -> None:
    one, two = made(GROUP, "one"), made("test:index:Other", "two")
    before = made(BUCKET, "data", parent=one)
    after = made(BUCKET, "data", parent=two, aliases=[{"parentUrn": one.urn}])
    assert changed(manifest(one, two, before), manifest(one, two, after)) == [
        ("move", "data", "moved from one to two")
    ]


@pytest.mark.parametrize(
    "alias", [{"noParent": True}, {"parentUrn": f"{PREFIX}{STACK_TYPE}::shop-dev"}]
)
def test_adopting_a_resource_of_the_stack_into_a_component_is_a_move(alias: dict[str, Any]) -> None:
    group = made(GROUP, "one")
    before, after = made(BUCKET, "data"), made(BUCKET, "data", parent=group, aliases=[alias])
    assert changed(manifest(before, group), manifest(group, after)) == [
        ("move", "data", "moved from the stack to one")
    ]


def test_another_parent_of_the_same_type_is_a_move_without_an_alias_as_the_urn_is_the_same() -> (
    None
):
    one, two = made(GROUP, "one"), made(GROUP, "two")
    before, after = made(BUCKET, "data", parent=one), made(BUCKET, "data", parent=two)
    assert changed(manifest(one, two, before), manifest(one, two, after)) == [
        ("move", "data", "moved from one to two")
    ]


def test_a_renamed_component_takes_its_children_along() -> None:
    old, new = made(GROUP, "net"), made(GROUP, "network", aliases=[{"name": "net"}])
    inner_old, inner_new = (
        made("test:index:Inner", "net-in", parent=old),
        made("test:index:Inner", "network-in", parent=new),
    )
    before = [
        old,
        inner_old,
        made(BUCKET, "net-logs", parent=old),
        made(BUCKET, "net-in-data", parent=inner_old),
    ]
    after = [
        new,
        inner_new,
        made(BUCKET, "network-logs", parent=new),
        made(BUCKET, "network-in-data", parent=inner_new),
    ]
    assert changed(manifest(*before), manifest(*after)) == [
        ("rename", "network", "renamed from net"),
        ("rename", "network-in", "renamed from net-in (inherited from network)"),
        ("rename", "network-in-data", "renamed from net-in-data (inherited from network-in)"),
        ("rename", "network-logs", "renamed from net-logs (inherited from network)"),
    ]


def test_a_child_that_is_not_named_after_its_component_keeps_its_name_and_stays() -> None:
    old, new = made(GROUP, "net"), made(GROUP, "network", aliases=[{"name": "net"}])
    found = compare(
        manifest(old, made(BUCKET, "logs", parent=old)),
        manifest(new, made(BUCKET, "logs", parent=new)),
        "x",
    )
    assert [(c.kind, c.resource.name) for c in found.changes] == [(Kind.RENAME, "network")]
    assert found.unchanged == 1


def test_a_component_of_a_new_type_takes_its_children_along() -> None:
    old, new = (
        made("test:index:Old", "net"),
        made("test:index:New", "net", aliases=[{"type": "test:index:Old"}]),
    )
    before, after = made(BUCKET, "net-logs", parent=old), made(BUCKET, "net-logs", parent=new)
    assert changed(manifest(old, before), manifest(new, after)) == [
        ("rename", "net", "of another type, was test:index:Old"),
        ("rename", "net-logs", "renamed (inherited from net)"),
    ]


def test_a_child_with_an_alias_of_its_own_in_a_renamed_component_is_found_by_both() -> None:
    old, new = made(GROUP, "net"), made(GROUP, "network", aliases=[{"name": "net"}])
    before = made("aws:s3/bucketV2:BucketV2", "net-logs", parent=old)
    after = made(BUCKET, "network-logs", parent=new, aliases=[{"type": "aws:s3/bucketV2:BucketV2"}])
    assert [kind for kind, *_ in changed(manifest(old, before), manifest(new, after))] == [
        "rename",
        "rename",
    ]


def test_a_component_that_is_renamed_without_an_alias_is_deleted_with_its_children_and_created() -> (
    None
):
    old, new = made(GROUP, "net"), made(GROUP, "network")
    before, after = (
        [old, made(BUCKET, "net-logs", parent=old)],
        [new, made(BUCKET, "network-logs", parent=new)],
    )
    assert [(kind, name) for kind, name, _ in changed(manifest(*before), manifest(*after))] == [
        ("delete", "net"),
        ("delete", "net-logs"),
        ("create", "network"),
        ("create", "network-logs"),
    ]


def test_an_alias_of_something_that_is_still_there_is_no_rename() -> None:
    data = made(BUCKET, "data")
    after = made(BUCKET, "more", aliases=[{"name": "data"}])
    assert [(kind, name) for kind, name, _ in changed(manifest(data), manifest(data, after))] == [
        ("create", "more")
    ]


def test_two_aliases_of_the_same_old_resource_give_it_to_one() -> None:
    one, two = (
        made(BUCKET, "one", aliases=[{"name": "data"}]),
        made(BUCKET, "two", aliases=[{"name": "data"}]),
    )
    found = changed(manifest(made(BUCKET, "data")), manifest(one, two))
    assert [(kind, name) for kind, name, _ in found] == [("rename", "one"), ("create", "two")]


def test_an_alias_that_stays_in_the_program_changes_nothing() -> None:
    before, after = made(BUCKET, "data"), made(BUCKET, "data", aliases=[{"name": "older"}])
    assert changed(manifest(before), manifest(after)) == []


def test_a_rename_with_another_change_is_an_update_that_says_so() -> None:
    before = made("aws:sqs/queue:Queue", "data", {"delaySeconds": 1})
    after = made("aws:sqs/queue:Queue", "jobs", {"delaySeconds": 2}, aliases=[{"name": "data"}])
    change = only(compare(manifest(before), manifest(after), "x"))
    assert (change.kind, change.note.split("; ")[0]) == (Kind.UPDATE, "also renamed from data")


def test_references_to_what_is_renamed_are_no_change() -> None:
    before = [
        data := made(BUCKET, "data"),
        made(
            "aws:s3/bucketPolicy:BucketPolicy",
            "policy",
            {"bucket": "${data.bucket}", "policy": '{"a": "${data.arn}/*"}'},
        ),
        made("aws:sns/topic:Topic", "t", {"displayName": "${unknown until data, other}"}),
    ]
    after = [
        made(BUCKET, "new.data", aliases=[data.urn]),
        made(
            "aws:s3/bucketPolicy:BucketPolicy",
            "policy",
            {"bucket": "${new.data.bucket}", "policy": '{"a":"${new.data.arn}/*"}'},
        ),
        made("aws:sns/topic:Topic", "t", {"displayName": "${unknown until new.data, other}"}),
    ]
    found = compare(manifest(*before), manifest(*after), "x")
    assert [(c.kind, c.resource.name) for c in found.changes] == [(Kind.RENAME, "new.data")]


def test_a_reference_to_another_resource_is_a_change() -> None:
    both = made(BUCKET, "one"), made(BUCKET, "two")
    before = made(
        "aws:s3/bucketNotification:BucketNotification",
        "n",
        {"eventbridge": True, "bucket": "${one.bucket}"},
    )
    after = replace(before, inputs={"eventbridge": True, "bucket": "${two.bucket}"})
    change = only(compare(manifest(*both, before), manifest(*both, after), "x"))
    assert [(p.path, p.old, p.new) for p in change.properties] == [
        ("bucket", "${one.bucket}", "${two.bucket}")
    ]


def test_options_that_change_are_an_update_without_properties() -> None:
    before = made(BUCKET, "data", protect=True, ignoreChanges=["tags"])
    after = made(BUCKET, "data", retainOnDelete=True, ignoreChanges=["tags"])
    change = only(compare(manifest(before), manifest(after), "x"))
    assert (change.kind, change.properties) == (Kind.UPDATE, ())
    assert [(p.path, p.old, p.new) for p in change.options] == [
        ("protect", True, ABSENT),
        ("retainOnDelete", ABSENT, True),
    ]


def test_an_option_that_is_off_is_the_same_as_one_that_is_not_set() -> None:
    before, after = made(BUCKET, "data", protect=False), made(BUCKET, "data", retainOnDelete=False)
    assert changed(manifest(before), manifest(after)) == []


def test_an_option_that_names_a_renamed_resource_does_not_change() -> None:
    old, new = made(BUCKET, "one"), made(BUCKET, "two", aliases=[{"name": "one"}])
    before, after = (
        made(BUCKET, "data", deletedWith=old.urn),
        made(BUCKET, "data", deletedWith=new.urn),
    )
    assert [
        (kind, name) for kind, name, _ in changed(manifest(old, before), manifest(new, after))
    ] == [("rename", "two")]


def test_an_import_is_said_of_what_is_created_and_forgotten_after() -> None:
    plain, imported = (
        made(BUCKET, "data"),
        replace(made(BUCKET, "data"), options={"import": "my-bucket"}),
    )
    assert changed(manifest(), manifest(imported)) == [("create", "data", "imported: my-bucket")]
    assert changed(manifest(imported), manifest(plain)) == []


def test_what_is_retained_on_delete_stays_in_the_cloud() -> None:
    (found,) = changed(manifest(made(BUCKET, "data", retainOnDelete=True)), manifest())
    assert found == (
        "delete",
        "data",
        "kept in the cloud (retainOnDelete): only the engine forgets it",
    )


def test_a_component_whose_inputs_change_is_updated_and_never_replaced() -> None:
    before, after = made(GROUP, "g", {"size": 1}), made(GROUP, "g", {"size": 2})
    change = only(compare(manifest(before), manifest(after), "x"))
    assert (change.kind, change.note, [p.replaces for p in change.properties]) == (
        Kind.UPDATE,
        "",
        [False],
    )


def test_where_a_resource_comes_from_is_no_difference() -> None:
    one = made(BUCKET, "data", {"forceDestroy": True})
    assert (
        changed(manifest(replace(one, source="a.py:1")), manifest(replace(one, source="b.py:2")))
        == []
    )


def test_stack_outputs_that_change_are_told() -> None:
    before = manifest(outputs={"urls": ["a", "b"], "name": "${x.name}", "gone": 1})
    after = manifest(outputs={"urls": ["a", "c"], "name": "${x.name}"})
    found = compare(before, after, "x")
    assert [(p.path, p.old, p.new) for p in found.outputs] == [
        ("gone", 1, ABSENT),
        ("urls[1]", "b", "c"),
    ]
    assert found.changes == ()


def test_changes_are_told_by_component_then_name_then_type() -> None:
    late, early = made(GROUP, "b-late"), made(GROUP, "a-early")
    after = manifest(
        late,
        early,
        made(BUCKET, "a", parent=late),
        made(BUCKET, "z", parent=early),
        made("aws:sns/topic:Topic", "z", parent=early),
    )
    assert [
        (c.resource.name, c.resource.type) for c in compare(manifest(), after, "x").changes
    ] == [
        ("a-early", GROUP),
        ("z", BUCKET),
        ("z", "aws:sns/topic:Topic"),
        ("a", BUCKET),
        ("b-late", GROUP),
    ]


def test_a_parent_that_is_not_in_the_manifest_is_no_problem() -> None:
    orphan = replace(made(BUCKET, "data"), parent=f"{PREFIX}test:index:Gone::gone")
    assert changed(manifest(), manifest(orphan)) == [("create", "data", "")]


def deployed(name: str, inputs: dict[str, Any], **outputs: Any) -> Resource:
    return made("aws:sqs/queue:Queue", name, inputs, outputs={"id": f"id-of-{name}", **outputs})


def test_a_deployed_value_that_a_symbol_may_stand_for_is_no_change() -> None:
    before = manifest(
        deployed("a", {"policy": "arn:aws:sns:eu-west-1:1:topic/*"}),
        deployed("b", {"name": "b-1a2b3c4"}),
    )
    after = manifest(
        made(
            "aws:sqs/queue:Queue",
            "a",
            {"policy": "arn:${aws.partition}:sns:${getRegion().name}:1:topic/*"},
        ),
        made("aws:sqs/queue:Queue", "b"),
    )
    assert changed(before, after) == []


def test_a_deployed_value_that_no_symbol_stands_for_is_a_change() -> None:
    topic = made("aws:sns/topic:Topic", "topic")
    before = manifest(
        deployed("a", {"policy": "arn:1/old", "name": "x-1a2b3c4", "delaySeconds": 3})
    )
    after = manifest(
        topic,
        made(
            "aws:sqs/queue:Queue",
            "a",
            {"policy": "arn:${aws.accountId}/new", "name": "${topic.name}"},
        ),
    )
    change = compare(before, after, "x").changes[0]
    assert [p.path for p in change.properties] == ["delaySeconds", "name", "policy"]


NAMES = st.sampled_from(["a", "b", "c", "a-x", "b-x", "d"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 3)
    | st.sampled_from(["x", "${a.id}", '{"Statement": []}', "[secret]", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "k", "a.b"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    resources: dict[str, Resource] = {}
    parents: list[Resource | None] = [None]
    for name in draw(st.lists(NAMES, max_size=6)):
        parent = draw(st.sampled_from(parents))
        type_ = draw(
            st.sampled_from([GROUP, BUCKET, "aws:sqs/queue:Queue", "kubernetes:core/v1:ConfigMap"])
        )
        inputs = draw(
            st.dictionaries(
                st.sampled_from(["name", "bucket", "tags", "data", "policy"]), VALUES, max_size=3
            )
        )
        used = draw(st.sampled_from([None, *resources.values()]))
        aliases = draw(st.lists(st.fixed_dictionaries({"name": NAMES}), max_size=1))
        resource = made(
            type_, name, inputs, parent, aliases=aliases, uses={"name": used} if used else {}
        )
        resources.setdefault(resource.urn, resource)
        if not resource.custom:
            parents.append(resources[resource.urn])
    return manifest(*resources.values(), outputs=draw(st.dictionaries(NAMES, VALUES, max_size=2)))


@given(manifests())
def test_nothing_changes_between_a_manifest_and_itself(one: Manifest) -> None:
    found = compare(one, one, "x")
    assert (found.changes, found.outputs, found.unchanged) == ((), (), len(one.resources))


@given(manifests(), manifests())
@settings(deadline=None)
def test_what_one_direction_creates_the_other_deletes(one: Manifest, other: Manifest) -> None:
    def bare(side: Manifest) -> Manifest:
        return replace(side, resources=tuple(replace(r, options={}) for r in side))

    there, back = compare(bare(one), bare(other), "x"), compare(bare(other), bare(one), "x")
    for kind, mirrored in ((Kind.CREATE, Kind.DELETE), (Kind.DELETE, Kind.CREATE)):
        assert [c.resource for c in there.changes if c.kind is kind] == [
            c.resource for c in back.changes if c.kind is mirrored
        ]
    assert [(p.path, p.old, p.new) for p in there.outputs] == [
        (p.path, p.new, p.old) for p in back.outputs
    ]


@given(manifests(), manifests(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_every_resource_is_accounted_for_once_whatever_the_order(
    one: Manifest, other: Manifest, dice: random.Random
) -> None:
    found = compare(one, other, "x")
    sides = (
        [c.before.urn for c in found.changes if c.before],
        [c.after.urn for c in found.changes if c.after],
    )
    assert all(len(set(side)) == len(side) for side in sides)
    assert len(sides[0]) + found.unchanged == len(one.resources)
    assert len(sides[1]) + found.unchanged == len(other.resources)
    assert sum(found.counts.values()) == len(found.changes)

    def shuffled(side: Manifest) -> Manifest:
        return replace(side, resources=tuple(dice.sample(side.resources, len(side.resources))))

    # Aliases of two resources that want the same old one are settled by the order of
    # the URNs, which every manifest has.
    if not any(r.options.get("aliases") for r in other):
        assert compare(shuffled(one), shuffled(other), "x") == found


def test_five_thousand_resources_are_compared_within_two_seconds() -> None:
    def side(version: int) -> Manifest:
        resources = []
        for number in range(1000):
            group = made(GROUP, f"g{number}")
            policy = f'{{"Statement": [{{"Sid": "A", "Effect": "Allow", "Action": ["s3:Get{version}"], "Resource": "*"}}]}}'
            key = made("aws:kms/key:Key", f"g{number}-key", {"policy": policy}, group)
            bucket = made(BUCKET, f"g{number}-data", {"bucket": f"v{version}-{number}"}, group)
            rules = [{"id": str(n), "days": n * version} for n in range(20)]
            more = made("aws:s3/bucketPolicy:BucketPolicy", f"g{number}-p", {"bucket": f"${{g{number}-data.id}}"}, group,
                        uses={"bucket": bucket})  # fmt: skip
            resources += [
                group,
                key,
                bucket,
                more,
                made("aws:sns/topic:Topic", f"g{number}-t", {"rules": rules}, group),
            ]
        return manifest(*resources)

    before, after = side(1), side(2)
    start = time.process_time()
    found = compare(before, after, "x")
    assert time.process_time() - start < 2
    assert (found.counts[Kind.UPDATE], found.counts[Kind.REPLACE], found.unchanged) == (
        2000,
        2000,
        1000,
    )
