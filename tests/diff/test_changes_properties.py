"""The differences between the inputs of one resource: paths, values, documents."""

import json
from typing import Any

import pytest
from groundplan.diff.changes import ABSENT, Change
from groundplan.diff.comparison import compare
from groundplan.diff.properties import Differ
from groundplan.manifest.model import SECRET, Manifest, Resource
from groundplan.manifest.property_paths import key, parse, restored
from hypothesis import given
from hypothesis import strategies as st

KNOWN = "test:index:Thing"


def side(inputs: dict[str, Any], **options: Any) -> Manifest:
    resource = Resource(
        f"urn:pulumi:dev::shop::{KNOWN}::it", KNOWN, "it", None, True, inputs, options=options
    )
    return Manifest("shop", "dev", (resource,))


def changes(old: dict[str, Any], new: dict[str, Any], **options: Any) -> list[tuple[str, Any, Any]]:
    result: tuple[Change, ...] = compare(side(old), side(new, **options), "x").changes
    return [(p.path, p.old, p.new) for change in result for p in change.properties]


def statement(
    sid: str = "",
    effect: str = "Allow",
    action: Any = "s3:GetObject",
    resource: Any = "*",
    **more: Any,
) -> dict[str, Any]:
    return {
        **({"Sid": sid} if sid else {}),
        "Effect": effect,
        "Action": action,
        "Resource": resource,
        **more,
    }


def policies(old: Any, new: Any) -> list[tuple[str, Any, Any]]:
    documents = [
        json.dumps({"Version": "2012-10-17", "Statement": statements}) for statements in (old, new)
    ]
    return changes({"policy": documents[0]}, {"policy": documents[1]})


def test_objects_are_compared_by_key_in_order() -> None:
    old = {"scaling": {"min": 1, "max": 2, "removed": True}, "same": 1}
    new = {"scaling": {"min": 1, "max": 3, "added": "x"}, "same": 1}
    assert changes(old, new) == [
        ("scaling.added", ABSENT, "x"),
        ("scaling.max", 2, 3),
        ("scaling.removed", True, ABSENT),
    ]


def test_an_added_object_is_one_change() -> None:
    assert changes({}, {"scaling": {"min": 1, "max": 2}}) == [
        ("scaling", ABSENT, {"min": 1, "max": 2})
    ]


def test_keys_that_a_path_cannot_spell_are_quoted() -> None:
    assert changes(
        {"tags": {"a.b/c": "1"}}, {"tags": {"a.b/c": "2", 'say "x"': "y", "aws:x": "z"}}
    ) == [
        ('tags["a.b/c"]', "1", "2"),
        ('tags["aws:x"]', ABSENT, "z"),
        ('tags["say \\"x\\""]', ABSENT, "y"),
    ]


def test_lists_of_the_same_length_are_compared_by_position() -> None:
    assert changes({"args": ["a", "b", "c"]}, {"args": ["a", "x", "c"]}) == [("args[1]", "b", "x")]


def test_a_member_removed_or_added_in_front_is_one_change() -> None:
    assert changes({"args": ["a", "b", "c"]}, {"args": ["b", "c"]}) == [("args[0]", "a", ABSENT)]
    assert changes({"args": ["b", "c"]}, {"args": ["a", "b", "c"]}) == [("args[0]", ABSENT, "a")]


def test_a_very_long_list_is_compared_by_position() -> None:
    assert changes({"args": list(range(600))}, {"args": [*range(600), 600]}) == [
        ("args[600]", ABSENT, 600)
    ]


def test_lists_of_lists_are_compared_by_position() -> None:
    assert changes({"m": [["a", 1], ["b", 2]]}, {"m": [["a", 1], ["b", 3]]}) == [("m[1][1]", 2, 3)]


@pytest.mark.parametrize("identity", ["name", "Sid", "id", "key", "variantName", "deviceName"])
def test_members_with_an_identity_are_matched_by_it(identity: str) -> None:
    old = {
        "rules": [
            {identity: "a", "days": 1},
            {identity: "b", "days": 2},
            {identity: "c", "days": 3},
        ]
    }
    new = {
        "rules": [
            {identity: "b", "days": 5},
            {identity: "c", "days": 3},
            {identity: "d", "days": 4},
        ]
    }
    assert changes(old, new) == [
        ("rules[b].days", 2, 5),
        ("rules[d]", ABSENT, {identity: "d", "days": 4}),
        ("rules[a]", {identity: "a", "days": 1}, ABSENT),
    ]


def test_members_that_share_a_name_are_matched_by_position() -> None:
    old, new = (
        [{"name": "a", "v": 1}, {"name": "a", "v": 2}],
        [{"name": "a", "v": 1}, {"name": "a", "v": 3}],
    )
    assert changes({"rules": old}, {"rules": new}) == [("rules[1].v", 2, 3)]


def test_named_members_in_a_different_order_are_a_change_of_the_order() -> None:
    old, new = [{"name": "a"}, {"name": "b"}], [{"name": "b"}, {"name": "a"}]
    assert changes({"rules": old}, {"rules": new}) == [("rules[*]", ["a", "b"], ["b", "a"])]


def test_a_list_without_an_order_is_compared_by_content() -> None:
    differ = Differ(frozenset({("ids",), ("rules",)}))
    assert differ.differences({"ids": ["a", "b"]}, {"ids": ["b", "a"]}) == []
    assert [
        (d.path, d.old, d.new)
        for d in differ.differences({"ids": ["a", "b"]}, {"ids": ["c", "a", "d"]})
    ] == [
        ("ids[0]", "b", "c"),
        ("ids[2]", ABSENT, "d"),
    ]
    assert (
        differ.differences(
            {"rules": [{"name": "a"}, {"name": "b"}]}, {"rules": [{"name": "b"}, {"name": "a"}]}
        )
        == []
    )


def test_true_is_not_one_and_null_is_absent() -> None:
    assert changes({"a": True, "b": None, "c": 1.0}, {"a": 1, "c": 1}) == [("a", True, 1)]
    assert changes({"a": ""}, {"a": None}) == [("a", "", ABSENT)]


def test_a_value_of_a_different_kind_is_one_change() -> None:
    assert changes({"a": {"b": 1}}, {"a": [1]}) == [("a", {"b": 1}, [1])]
    assert changes({"a": '{"b": 1}'}, {"a": "[1]"}) == [("a", '{"b": 1}', "[1]")]


def test_a_secret_on_both_sides_is_no_change() -> None:
    assert changes({"password": SECRET}, {"password": SECRET}) == []
    assert changes({"password": "plain"}, {"password": SECRET}) == [("password", "plain", SECRET)]


def test_assets_are_compared_by_content() -> None:
    old, moved = (
        {"code": {"asset": "a.py", "sha256": "1"}},
        {"code": {"asset": "b.py", "sha256": "1"}},
    )
    assert changes(old, moved) == []
    assert changes(old, {"code": {"asset": "a.py", "sha256": "2"}}) == [
        ("code", {"asset": "a.py", "sha256": "1"}, {"asset": "a.py", "sha256": "2"}),
    ]
    archives = [{"code": {"archive": {"x.py": {"asset": "x.py", "sha256": n}}}} for n in "12"]
    assert [path for path, *_ in changes(*archives)] == ['code.archive["x.py"]']
    assert changes({"code": {"asset": "https://a"}}, {"code": {"asset": "https://b"}}) != []


def test_layout_and_order_of_keys_of_json_are_no_change() -> None:
    old, new = '{"a": 1, "b": {"c": [1, 2]}}', ' {\n"b":{"c":[1,2]},"a":1}'
    assert changes({"body": old}, {"body": new}) == []


def test_a_value_inside_json_has_its_own_path() -> None:
    old, new = {"widgets": [{"x": 1}, {"x": 2}], "a.b": 1}, {"widgets": [{"x": 1}, {"x": 3}]}
    assert changes({"body": json.dumps(old)}, {"body": json.dumps(new)}) == [
        ('body:["a.b"]', 1, ABSENT),
        ("body:widgets[1].x", 2, 3),
    ]
    assert changes({"body": '[{"name": "a", "v": 1}]'}, {"body": '[{"name": "a", "v": 2}]'}) == [
        ("body:[a].v", 1, 2)
    ]


def test_json_inside_json_is_read_too() -> None:
    old, new = (json.dumps({"inner": json.dumps({"a": n})}) for n in (1, 2))
    assert changes({"body": old}, {"body": new}) == [("body:inner:a", 1, 2)]


def test_invalid_json_is_compared_as_text() -> None:
    assert changes({"a": "{not json"}, {"a": '{"is": "json"}'}) == [
        ("a", "{not json", '{"is": "json"}')
    ]
    assert changes({"a": "[1"}, {"a": "[2"}) == [("a", "[1", "[2")]
    deep = "[" * 100_000
    assert changes({"a": deep}, {"a": deep + "]"}) == [("a", deep, deep + "]")]


def test_yaml_is_compared_by_value_and_its_comments_as_text() -> None:
    config = "apiVersion: v1\nusers:\n- name: a\n  user:\n    token: {}\n"
    assert changes({"kubeconfig": config.format("x")}, {"kubeconfig": config.format("y")}) == [
        ("kubeconfig:users[a].user.token", "x", "y"),
    ]
    old, new = "#cloud-config\na: 1\n", "#cloud-config\n# more\na: 1\n"
    assert changes({"userData": old}, {"userData": new}) == [("userData", old, new)]
    old, new = "#!/bin/sh\na: 1\n", "#!/bin/sh\na: 2\n"
    assert changes({"userData": old}, {"userData": new}) == [("userData", old, new)]


def test_statements_are_matched_by_sid_in_any_order() -> None:
    old = [statement("Read"), statement("Write", action="s3:PutObject")]
    new = [
        statement("Write", action=["s3:PutObject"]),
        statement("Read", action=["s3:ListBucket", "s3:GetObject"]),
    ]
    assert policies(old, new) == [
        ("policy:Statement[Read].Action", "s3:GetObject", ["s3:ListBucket", "s3:GetObject"])
    ]


def test_one_value_and_a_list_of_it_are_equal() -> None:
    old = statement("A", Principal={"AWS": "x"}, Condition={"StringEquals": {"aws:x": ["b", "a"]}})
    new = statement("A", action=["s3:GetObject"], resource=["*"], Principal={"AWS": ["x"]},
                    Condition={"StringEquals": {"aws:x": ["a", "b"]}})  # fmt: skip
    assert policies([old], new) == []


def test_principals_and_conditions_are_separate_changes() -> None:
    old = statement(
        "A",
        Principal={"AWS": "x", "Service": "s"},
        Condition={"Bool": {"aws:SecureTransport": "true"}},
    )
    new = statement(
        "A",
        Principal={"AWS": ["x", "y"], "Service": "s"},
        Condition={"Bool": {"aws:SecureTransport": "false"}},
    )
    assert policies([old], [new]) == [
        ('policy:Statement[A].Condition.Bool["aws:SecureTransport"]', "true", "false"),
        ("policy:Statement[A].Principal.AWS", "x", ["x", "y"]),
    ]
    assert policies([statement("A", Principal="*")], [statement("A", Principal={"AWS": "*"})]) == [
        ("policy:Statement[A].Principal", "*", {"AWS": "*"}),
    ]


def test_a_condition_that_is_no_object_is_accepted() -> None:
    assert policies(
        [statement("A", Condition={"Bool": "odd"})],
        [statement("A", Condition={"Bool": {"x": "y"}})],
    ) == [
        ("policy:Statement[A].Condition.Bool", "odd", {"x": "y"}),
    ]
    assert policies([statement("A")], [statement("A", Condition={"Bool": {"x": "y"}})]) == [
        ("policy:Statement[A].Condition", ABSENT, {"Bool": {"x": "y"}}),
    ]


def test_added_and_removed_statements_are_one_change_each() -> None:
    old, new = (
        [statement("Old"), statement("Same")],
        [statement("Same"), statement("New", effect="Deny")],
    )
    assert policies(old, new) == [
        ("policy:Statement[New]", ABSENT, statement("New", effect="Deny")),
        ("policy:Statement[Old]", statement("Old"), ABSENT),
    ]


def test_a_statement_with_a_new_sid_is_a_change_of_the_sid() -> None:
    assert policies([statement("Old")], [statement("New")]) == [
        ("policy:Statement[New].Sid", "Old", "New")
    ]


def test_statements_without_a_sid_are_matched_by_content() -> None:
    old = [statement(action="a:A"), statement(action="b:B"), statement(action="c:C")]
    new = [statement(action="c:C"), statement(action=["a:A"]), statement(action="d:D")]
    assert policies(old, new) == [("policy:Statement[2].Action", "b:B", "d:D")]
    assert policies(old, list(reversed(old))) == []


def test_a_document_with_a_statement_that_is_no_policy_is_json() -> None:
    assert policies(["odd"], ["even"]) == [("policy:Statement[0]", "odd", "even")]


@pytest.mark.parametrize(
    "path",
    [
        "scaling.desired",
        'tags["a.b"]',
        "tags[*]",
        "rules[*].days",
        "rules[0].days",
        "*.desired",
        "new",
        "scaling.more.x",
    ],
)
def test_ignored_properties_are_no_change(path: str) -> None:
    old = {"scaling": {"desired": 1}, "tags": {"a.b": "1"}, "rules": [{"days": 1}]}
    ignored = {
        "scaling.desired": {**old, "scaling": {"desired": 2}},
        'tags["a.b"]': {**old, "tags": {"a.b": "2"}},
        "tags[*]": {**old, "tags": {"a.b": "2", "c": "3"}},
        "rules[*].days": {**old, "rules": [{"days": 2}]},
        "rules[0].days": {**old, "rules": [{"days": 2}]},
        "*.desired": {**old, "scaling": {"desired": 3}},
        "new": {**old, "new": 1},
        "scaling.more.x": old,
    }[path]
    assert changes(old, ignored, ignoreChanges=[path]) == []
    assert ignored == old or changes(old, ignored) != []
    assert changes(old, {**ignored, "other": 1}, ignoreChanges=[path]) == [("other", ABSENT, 1)]


def test_an_ignored_property_that_is_removed_is_no_change() -> None:
    assert changes({"a": {"b": 1}}, {"a": {}}, ignoreChanges=["a.b"]) == []
    assert changes({"a": [1, 2]}, {"a": [1]}, ignoreChanges=["a[1]"]) == [
        ("a[1]", 2, ABSENT)
    ]  # as the engine does it


def test_a_huge_value_is_one_change() -> None:
    old, new = "x" * 1_000_000, "y" * 1_000_000
    assert changes({"a": old}, {"a": new}) == [("a", old, new)]


@given(st.lists(st.text(min_size=1).filter(lambda name: name != "*"), min_size=1, max_size=4))
def test_a_path_reads_back_as_its_keys(names: list[str]) -> None:
    path = ""
    for name in names:
        path = key(path, name)
    assert parse(path) == tuple(names)


@given(st.dictionaries(st.sampled_from("abc"), st.integers() | st.lists(st.integers()), max_size=3))
def test_ignoring_everything_returns_the_old_value(old: dict[str, Any]) -> None:
    assert restored(old, {"a": 9, "d": 1}, ["*"]) == old
