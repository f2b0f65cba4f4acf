"""Matching of resources, and the operation on each."""

import json
import random
import time
from dataclasses import replace
from typing import Any

import pytest
from groundplan.diff.changes import ABSENT, Change, Changes, Kind
from groundplan.diff.comparison import compare
from groundplan.manifest.model import STACK_TYPE, Manifest, Resource
from hypothesis import given, settings
from hypothesis import strategies as st

PREFIX = "urn:pulumi:dev::shop::"
BUCKET = "aws:s3/bucket:Bucket"
GROUP = "test:index:Group"


def resource(
    type_: str,
    name: str,
    inputs: dict[str, Any] | None = None,
    parent: Resource | None = None,
    **more: Any,
) -> Resource:
    """A resource; `more` has its options, and `uses` and `outputs`."""
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
        property_dependencies={key: (used.urn,) for key, used in uses.items()},
        options=more,
    )


def manifest(*resources: Resource, outputs: dict[str, Any] | None = None) -> Manifest:
    return Manifest(
        "shop", "dev", tuple(sorted(resources, key=lambda r: r.urn)), outputs=outputs or {}
    )


def changes_of(before: Manifest, after: Manifest) -> list[tuple[str, str, str]]:
    return [
        (c.kind.value, c.resource.name, c.note) for c in compare(before, after, "the base").changes
    ]


def only_change(changes: Changes) -> Change:
    assert len(changes.changes) == 1, changes.changes
    return changes.changes[0]


def test_a_resource_on_one_side_only_is_created_or_deleted() -> None:
    old, new = resource(BUCKET, "old"), resource(BUCKET, "new")
    result = compare(manifest(old), manifest(new), "main (1a2b3c4)")
    assert [(c.kind, c.before, c.after) for c in result.changes] == [
        (Kind.CREATE, None, new),
        (Kind.DELETE, old, None),
    ]
    assert result.base == "main (1a2b3c4)"
    assert (result.counts[Kind.CREATE], result.counts[Kind.DELETE], result.counts[Kind.UPDATE]) == (
        1,
        1,
        0,
    )


def test_nothing_changes_between_empty_manifests() -> None:
    assert compare(manifest(), manifest(), "x") == Changes(
        "x", (), 0, counts=dict.fromkeys(Kind, 0)
    )


def test_unchanged_resources_are_counted_and_not_listed() -> None:
    one, two = resource(BUCKET, "one", {"tags": {"a": "1"}}), resource(BUCKET, "two")
    result = compare(
        manifest(one, two), manifest(replace(one, inputs={"tags": {"a": "2"}}), two), "x"
    )
    assert [(c.kind, c.resource.name) for c in result.changes] == [(Kind.UPDATE, "one")]
    assert result.unchanged == 1


def test_an_alias_with_the_old_name_is_a_rename() -> None:
    before, after = (
        resource(BUCKET, "data"),
        resource(BUCKET, "artifacts", aliases=[{"name": "data"}]),
    )
    change = only_change(compare(manifest(before), manifest(after), "x"))
    assert (change.kind, change.before, change.after, change.note) == (
        Kind.RENAME,
        before,
        after,
        "renamed from data",
    )


def test_an_alias_that_is_a_urn_counts_as_well() -> None:
    before = resource(BUCKET, "data")
    after = resource(
        BUCKET, "artifacts", aliases=["urn:pulumi:dev::shop::nothing::here", before.urn]
    )
    assert changes_of(manifest(before), manifest(after)) == [
        ("rename", "artifacts", "renamed from data")
    ]


def test_an_alias_with_the_old_type_is_a_rename() -> None:
    before = resource("aws:s3/bucketV2:BucketV2", "data")
    after = resource(BUCKET, "data", aliases=[{"type": "aws:s3/bucketV2:BucketV2"}])
    assert changes_of(manifest(before), manifest(after)) == [
        ("rename", "data", "changes type, was aws:s3/bucketV2:BucketV2"),
    ]


def test_an_alias_with_another_stack_or_project_is_resolved() -> None:
    before = replace(
        resource(BUCKET, "data"), urn="urn:pulumi:old::store::aws:s3/bucket:Bucket::data"
    )
    after = resource(BUCKET, "new", aliases=[{"name": "data", "stack": "old", "project": "store"}])
    assert changes_of(manifest(before), manifest(after)) == [("rename", "new", "renamed from data")]


def test_an_alias_with_another_parent_is_a_move() -> None:
    one, two = resource(GROUP, "one"), resource("test:index:Other", "two")
    before = resource(BUCKET, "data", parent=one)
    after = resource(BUCKET, "data", parent=two, aliases=[{"parentUrn": one.urn}])
    assert changes_of(manifest(one, two, before), manifest(one, two, after)) == [
        ("move", "data", "moved from one to two")
    ]


@pytest.mark.parametrize(
    "alias", [{"noParent": True}, {"parentUrn": f"{PREFIX}{STACK_TYPE}::shop-dev"}]
)
def test_moving_a_top_level_resource_into_a_component_is_a_move(alias: dict[str, Any]) -> None:
    group = resource(GROUP, "one")
    before, after = (
        resource(BUCKET, "data"),
        resource(BUCKET, "data", parent=group, aliases=[alias]),
    )
    assert changes_of(manifest(before, group), manifest(group, after)) == [
        ("move", "data", "moved from the stack to one")
    ]


def test_a_parent_of_the_same_type_is_a_move_without_an_alias_as_the_urn_is_the_same() -> None:
    one, two = resource(GROUP, "one"), resource(GROUP, "two")
    before, after = resource(BUCKET, "data", parent=one), resource(BUCKET, "data", parent=two)
    assert changes_of(manifest(one, two, before), manifest(one, two, after)) == [
        ("move", "data", "moved from one to two")
    ]


def test_the_children_of_a_renamed_component_inherit_its_alias() -> None:
    old, new = resource(GROUP, "net"), resource(GROUP, "network", aliases=[{"name": "net"}])
    inner_old, inner_new = (
        resource("test:index:Inner", "net-in", parent=old),
        resource("test:index:Inner", "network-in", parent=new),
    )
    before = [
        old,
        inner_old,
        resource(BUCKET, "net-logs", parent=old),
        resource(BUCKET, "net-in-data", parent=inner_old),
    ]
    after = [
        new,
        inner_new,
        resource(BUCKET, "network-logs", parent=new),
        resource(BUCKET, "network-in-data", parent=inner_new),
    ]
    assert changes_of(manifest(*before), manifest(*after)) == [
        ("rename", "network", "renamed from net"),
        ("rename", "network-in", "renamed from net-in (inherited from network)"),
        ("rename", "network-in-data", "renamed from net-in-data (inherited from network-in)"),
        ("rename", "network-logs", "renamed from net-logs (inherited from network)"),
    ]


def test_a_child_whose_name_does_not_begin_with_its_components_is_unchanged() -> None:
    old, new = resource(GROUP, "net"), resource(GROUP, "network", aliases=[{"name": "net"}])
    result = compare(
        manifest(old, resource(BUCKET, "logs", parent=old)),
        manifest(new, resource(BUCKET, "logs", parent=new)),
        "x",
    )
    assert [(c.kind, c.resource.name) for c in result.changes] == [(Kind.RENAME, "network")]
    assert result.unchanged == 1


def test_the_children_of_a_component_with_a_new_type_inherit_its_alias() -> None:
    old, new = (
        resource("test:index:Old", "net"),
        resource("test:index:New", "net", aliases=[{"type": "test:index:Old"}]),
    )
    before, after = (
        resource(BUCKET, "net-logs", parent=old),
        resource(BUCKET, "net-logs", parent=new),
    )
    assert changes_of(manifest(old, before), manifest(new, after)) == [
        ("rename", "net", "changes type, was test:index:Old"),
        ("rename", "net-logs", "renamed (inherited from net)"),
    ]


def test_an_alias_of_a_child_and_the_inherited_one_combine() -> None:
    old, new = resource(GROUP, "net"), resource(GROUP, "network", aliases=[{"name": "net"}])
    before = resource("aws:s3/bucketV2:BucketV2", "net-logs", parent=old)
    after = resource(
        BUCKET, "network-logs", parent=new, aliases=[{"type": "aws:s3/bucketV2:BucketV2"}]
    )
    assert [kind for kind, *_ in changes_of(manifest(old, before), manifest(new, after))] == [
        "rename",
        "rename",
    ]


def test_a_component_renamed_without_an_alias_is_deleted_and_created_with_its_children() -> None:
    old, new = resource(GROUP, "net"), resource(GROUP, "network")
    before, after = (
        [old, resource(BUCKET, "net-logs", parent=old)],
        [new, resource(BUCKET, "network-logs", parent=new)],
    )
    assert [(kind, name) for kind, name, _ in changes_of(manifest(*before), manifest(*after))] == [
        ("delete", "net"),
        ("delete", "net-logs"),
        ("create", "network"),
        ("create", "network-logs"),
    ]


def test_an_alias_of_a_resource_that_still_exists_is_no_rename() -> None:
    data = resource(BUCKET, "data")
    after = resource(BUCKET, "more", aliases=[{"name": "data"}])
    assert [
        (kind, name) for kind, name, _ in changes_of(manifest(data), manifest(data, after))
    ] == [("create", "more")]


def test_two_aliases_of_the_same_old_resource_rename_one() -> None:
    one, two = (
        resource(BUCKET, "one", aliases=[{"name": "data"}]),
        resource(BUCKET, "two", aliases=[{"name": "data"}]),
    )
    result = changes_of(manifest(resource(BUCKET, "data")), manifest(one, two))
    assert [(kind, name) for kind, name, _ in result] == [("rename", "one"), ("create", "two")]


def test_an_alias_without_an_old_resource_changes_nothing() -> None:
    before, after = resource(BUCKET, "data"), resource(BUCKET, "data", aliases=[{"name": "older"}])
    assert changes_of(manifest(before), manifest(after)) == []


def test_a_rename_with_another_change_is_an_update_with_a_note() -> None:
    before = resource("aws:sqs/queue:Queue", "data", {"delaySeconds": 1})
    after = resource("aws:sqs/queue:Queue", "jobs", {"delaySeconds": 2}, aliases=[{"name": "data"}])
    change = only_change(compare(manifest(before), manifest(after), "x"))
    assert (change.kind, change.note.split("; ")[0]) == (Kind.UPDATE, "also renamed from data")


def test_references_to_a_renamed_resource_are_no_change() -> None:
    before = [
        data := resource(BUCKET, "data"),
        resource(
            "aws:s3/bucketPolicy:BucketPolicy",
            "policy",
            {"bucket": "${data.bucket}", "policy": '{"a": "${data.arn}/*"}'},
        ),
        resource("aws:sns/topic:Topic", "t", {"displayName": "${unknown until data, other}"}),
    ]
    after = [
        resource(BUCKET, "new.data", aliases=[data.urn]),
        resource(
            "aws:s3/bucketPolicy:BucketPolicy",
            "policy",
            {"bucket": "${new.data.bucket}", "policy": '{"a":"${new.data.arn}/*"}'},
        ),
        resource("aws:sns/topic:Topic", "t", {"displayName": "${unknown until new.data, other}"}),
    ]
    result = compare(manifest(*before), manifest(*after), "x")
    assert [(c.kind, c.resource.name) for c in result.changes] == [(Kind.RENAME, "new.data")]


def test_a_reference_to_a_different_resource_is_a_change() -> None:
    both = resource(BUCKET, "one"), resource(BUCKET, "two")
    before = resource(
        "aws:s3/bucketNotification:BucketNotification",
        "n",
        {"eventbridge": True, "bucket": "${one.bucket}"},
    )
    after = replace(before, inputs={"eventbridge": True, "bucket": "${two.bucket}"})
    change = only_change(compare(manifest(*both, before), manifest(*both, after), "x"))
    assert [(p.path, p.old, p.new) for p in change.properties] == [
        ("bucket", "${one.bucket}", "${two.bucket}")
    ]


def test_options_that_change_are_an_update_without_properties() -> None:
    before = resource(BUCKET, "data", protect=True, ignoreChanges=["tags"])
    after = resource(BUCKET, "data", retainOnDelete=True, ignoreChanges=["tags"])
    change = only_change(compare(manifest(before), manifest(after), "x"))
    assert (change.kind, change.properties) == (Kind.UPDATE, ())
    assert [(p.path, p.old, p.new) for p in change.options] == [
        ("protect", True, ABSENT),
        ("retainOnDelete", ABSENT, True),
    ]


def test_an_option_that_is_off_is_the_same_as_one_that_is_not_set() -> None:
    before, after = (
        resource(BUCKET, "data", protect=False),
        resource(BUCKET, "data", retainOnDelete=False),
    )
    assert changes_of(manifest(before), manifest(after)) == []


def test_an_option_that_names_a_renamed_resource_does_not_change() -> None:
    old, new = resource(BUCKET, "one"), resource(BUCKET, "two", aliases=[{"name": "one"}])
    before, after = (
        resource(BUCKET, "data", deletedWith=old.urn),
        resource(BUCKET, "data", deletedWith=new.urn),
    )
    assert [
        (kind, name) for kind, name, _ in changes_of(manifest(old, before), manifest(new, after))
    ] == [("rename", "two")]


def test_an_import_is_noted_on_creation_and_no_change_afterwards() -> None:
    plain, imported = (
        resource(BUCKET, "data"),
        replace(resource(BUCKET, "data"), options={"import": "my-bucket"}),
    )
    assert changes_of(manifest(), manifest(imported)) == [("create", "data", "imported: my-bucket")]
    assert changes_of(manifest(imported), manifest(plain)) == []


def test_what_is_retained_is_not_counted_as_deleted() -> None:
    kept = resource(BUCKET, "data", retainOnDelete=True)
    result = compare(manifest(kept, resource(BUCKET, "old")), manifest(), "x")
    assert (result.counts[Kind.RETAIN], result.counts[Kind.DELETE], result.unchanged) == (1, 1, 0)
    assert changes_of(manifest(kept), manifest()) == [
        ("retain", "data", "retained in the cloud (retainOnDelete): only removed from the state")
    ]


def test_what_the_provider_retains_is_not_deleted_either() -> None:
    logs = resource("aws:cloudwatch/logGroup:LogGroup", "logs", {"skipDestroy": True})
    (result,) = changes_of(manifest(logs), manifest())
    assert (result[0], "skipDestroy" in result[2]) == ("retain", True)


def test_a_component_of_which_everything_is_retained_is_not_deleted() -> None:
    group = resource(GROUP, "g")
    kept = replace(resource(BUCKET, "g-data", retainOnDelete=True), parent=group.urn)
    gone = replace(resource(BUCKET, "g-logs"), parent=group.urn)
    kinds = [name for name, _, _ in changes_of(manifest(group, kept), manifest())]
    assert kinds == ["retain", "retain"]
    assert sorted(k for k, _, _ in changes_of(manifest(group, kept, gone), manifest())) == [
        "delete",
        "delete",
        "retain",
    ]


def test_a_component_whose_inputs_change_is_updated_and_never_replaced() -> None:
    before, after = resource(GROUP, "g", {"size": 1}), resource(GROUP, "g", {"size": 2})
    change = only_change(compare(manifest(before), manifest(after), "x"))
    assert (change.kind, change.note, [p.replaces for p in change.properties]) == (
        Kind.UPDATE,
        "",
        [False],
    )


def test_the_source_of_a_resource_is_no_difference() -> None:
    one = resource(BUCKET, "data", {"forceDestroy": True})
    assert (
        changes_of(manifest(replace(one, source="a.py:1")), manifest(replace(one, source="b.py:2")))
        == []
    )


def test_stack_outputs_that_change_are_listed() -> None:
    before = manifest(outputs={"urls": ["a", "b"], "name": "${x.name}", "gone": 1})
    after = manifest(outputs={"urls": ["a", "c"], "name": "${x.name}"})
    result = compare(before, after, "x")
    assert [(p.path, p.old, p.new) for p in result.outputs] == [
        ("gone", 1, ABSENT),
        ("urls[1]", "b", "c"),
    ]
    assert result.changes == ()


def test_changes_are_sorted_by_component_then_name_then_type() -> None:
    late, early = resource(GROUP, "b-late"), resource(GROUP, "a-early")
    after = manifest(
        late,
        early,
        resource(BUCKET, "a", parent=late),
        resource(BUCKET, "z", parent=early),
        resource("aws:sns/topic:Topic", "z", parent=early),
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


def test_a_parent_that_is_not_in_the_manifest_is_accepted() -> None:
    orphan = replace(resource(BUCKET, "data"), parent=f"{PREFIX}test:index:Gone::gone")
    assert changes_of(manifest(), manifest(orphan)) == [("create", "data", "")]


def deployed(name: str, inputs: dict[str, Any], **outputs: Any) -> Resource:
    return resource("aws:sqs/queue:Queue", name, inputs, outputs={"id": f"id-of-{name}", **outputs})


def test_a_deployed_value_that_matches_a_symbol_is_no_change() -> None:
    before = manifest(
        deployed("a", {"policy": "arn:aws:sns:eu-west-1:1:topic/*"}),
        deployed("b", {"name": "b-1a2b3c4"}),
    )
    after = manifest(
        resource(
            "aws:sqs/queue:Queue",
            "a",
            {"policy": "arn:${aws.partition}:sns:${getRegion().name}:1:topic/*"},
        ),
        resource("aws:sqs/queue:Queue", "b"),
    )
    assert changes_of(before, after) == []


def test_a_deployed_value_that_matches_no_symbol_is_a_change() -> None:
    topic = resource("aws:sns/topic:Topic", "topic")
    before = manifest(
        deployed("a", {"policy": "arn:1/old", "name": "x-1a2b3c4", "delaySeconds": 3})
    )
    after = manifest(
        topic,
        resource(
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
        new = resource(
            type_, name, inputs, parent, aliases=aliases, uses={"name": used} if used else {}
        )
        resources.setdefault(new.urn, new)
        if not new.custom:
            parents.append(resources[new.urn])
    return manifest(*resources.values(), outputs=draw(st.dictionaries(NAMES, VALUES, max_size=2)))


@given(manifests())
def test_nothing_changes_between_a_manifest_and_itself(one: Manifest) -> None:
    result = compare(one, one, "x")
    assert (result.changes, result.outputs, result.unchanged) == ((), (), len(one.resources))


@given(manifests(), manifests())
@settings(deadline=None)
def test_what_one_direction_creates_the_other_deletes(one: Manifest, other: Manifest) -> None:
    def without_options(side: Manifest) -> Manifest:
        return replace(side, resources=tuple(replace(r, options={}) for r in side))

    there, back = (
        compare(without_options(one), without_options(other), "x"),
        compare(without_options(other), without_options(one), "x"),
    )
    for kind, mirrored in ((Kind.CREATE, Kind.DELETE), (Kind.DELETE, Kind.CREATE)):
        assert [c.resource for c in there.changes if c.kind is kind] == [
            c.resource for c in back.changes if c.kind is mirrored
        ]
    assert [(p.path, p.old, p.new) for p in there.outputs] == [
        (p.path, p.new, p.old) for p in back.outputs
    ]


@given(manifests(), manifests(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_every_resource_is_in_the_result_once_in_any_order(
    one: Manifest, other: Manifest, generator: random.Random
) -> None:
    result = compare(one, other, "x")
    sides = (
        [c.before.urn for c in result.changes if c.before],
        [c.after.urn for c in result.changes if c.after],
    )
    assert all(len(set(side)) == len(side) for side in sides)
    assert len(sides[0]) + result.unchanged == len(one.resources)
    assert len(sides[1]) + result.unchanged == len(other.resources)
    assert sum(result.counts.values()) == len(result.changes)

    def shuffled(side: Manifest) -> Manifest:
        return replace(side, resources=tuple(generator.sample(side.resources, len(side.resources))))

    # Two resources with an alias of the same old one are resolved by the order of the
    # URNs in the manifest.
    if not any(r.options.get("aliases") for r in other):
        assert compare(shuffled(one), shuffled(other), "x") == result


def test_five_thousand_resources_are_compared_within_two_seconds() -> None:
    def side(version: int) -> Manifest:
        resources = []
        for number in range(1000):
            group = resource(GROUP, f"g{number}")
            statement = {
                "Sid": "A",
                "Effect": "Allow",
                "Action": [f"s3:Get{version}"],
                "Resource": "*",
            }
            policy = json.dumps({"Statement": [statement]})
            key = resource("aws:kms/key:Key", f"g{number}-key", {"policy": policy}, group)
            bucket = resource(BUCKET, f"g{number}-data", {"bucket": f"v{version}-{number}"}, group)
            rules = [{"id": str(n), "days": n * version} for n in range(20)]
            more = resource(
                "aws:s3/bucketPolicy:BucketPolicy",
                f"g{number}-p",
                {"bucket": f"${{g{number}-data.id}}"},
                group,
                uses={"bucket": bucket},
            )
            resources += [
                group,
                key,
                bucket,
                more,
                resource("aws:sns/topic:Topic", f"g{number}-t", {"rules": rules}, group),
            ]
        return manifest(*resources)

    before, after = side(1), side(2)
    start = time.process_time()
    result = compare(before, after, "x")
    assert time.process_time() - start < 2
    assert (result.counts[Kind.UPDATE], result.counts[Kind.REPLACE], result.unchanged) == (
        2000,
        2000,
        1000,
    )
