"""Whatever differs from what was approved is named; nothing differs from itself."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import sealed_shop
from groundplan.delivery.approval.judging import of_content
from hypothesis import given, settings
from hypothesis import strategies as st
from sealed_shop import BUCKET, QUEUE

Change = Callable[[dict[str, Any]], object]


def resource(world: dict[str, Any], number: int = 0) -> Any:
    return world["manifest"]["resources"][number]


def deployed(world: dict[str, Any], number: int = 0) -> Any:
    return world["export"]["deployment"]["resources"][number]


def step(world: dict[str, Any]) -> Any:
    return world["preview"]["steps"][0]


def put(target: Callable[[dict[str, Any]], Any], key: str, value: Any) -> Change:
    return lambda world: target(world).__setitem__(key, value)


KINDS: dict[str, tuple[Change, str]] = {
    "an input": (
        put(lambda w: resource(w)["inputs"]["tags"], "owner", "x"),
        f'program registers: {BUCKET} inputs.tags.owner: "ml" -> "x"',
    ),
    "a new input": (
        put(lambda w: resource(w)["inputs"], "acl", "private"),
        f'program registers: {BUCKET} inputs.acl: absent -> "private"',
    ),
    "a removed input": (
        lambda w: resource(w)["inputs"].pop("forceDestroy"),
        f"program registers: {BUCKET} inputs.forceDestroy: false -> absent",
    ),
    "an emptied input": (
        put(lambda w: resource(w)["inputs"], "tags", {}),
        f"program registers: {BUCKET} inputs.tags: absent -> {{}}",
    ),
    "an option": (
        put(lambda w: resource(w)["options"], "protect", False),
        f"program registers: {BUCKET} options.protect: true -> false",
    ),
    "a secret that became plain": (
        put(lambda w: resource(w, 1)["inputs"], "password", "hunter2"),
        f"program registers: {QUEUE} inputs.password: [secret] -> [secret]",
    ),
    "a removed resource": (
        lambda w: w["manifest"]["resources"].pop(),
        f"program registers: {QUEUE}: present -> absent",
    ),
    "a provider": (
        put(lambda w: w["manifest"]["providers"], "aws", "7.52.0"),
        'program registers: the program providers.aws: "7.51.1" -> "7.52.0"',
    ),
    "an output": (
        put(lambda w: w["manifest"]["outputs"], "bucket", "x"),
        'program registers: the program outputs.bucket: "${data.bucket}" -> "x"',
    ),
    "a lookup": (
        put(lambda w: w["manifest"]["invokes"][0]["answer"], "id", "eu"),
        'program registers: 0: aws:region answer.id: "us-east-1" -> "eu"',
    ),
    "another project": (
        put(lambda w: w["manifest"], "project", "other"),
        "project: : shop -> other",
    ),
    "another backend": (
        put(lambda w: w, "backend", "s3://other"),
        "backend of the state: : absent -> s3://other",
    ),
    "another commit": (put(lambda w: w, "commit", ""), f"commit: : {'a' * 40} -> absent"),
    "an input of the state that the program sets": (
        put(lambda w: deployed(w)["inputs"]["tags"], "owner", "by hand"),
        f'deployed state: {BUCKET} inputs.tags.owner: "ml" -> "by hand"',
    ),
    "an output of the state": (
        put(lambda w: deployed(w)["outputs"], "arn", "arn:x"),
        f'deployed state: {BUCKET} outputs.arn: another value -> "arn:x"',
    ),
    "a physical resource": (
        put(deployed, "id", "data-2"),
        f'deployed state: {BUCKET} id: another value -> "data-2"',
    ),
    "a ciphertext of the state": (
        put(lambda w: deployed(w, 1)["inputs"]["password"], "ciphertext", "v1:xyz"),
        f"deployed state: {QUEUE} inputs.password: [secret] -> [secret], encrypted again",
    ),
    "a resource that left the state": (
        lambda w: w["export"]["deployment"]["resources"].pop(),
        f"deployed state: {QUEUE}: deployed -> absent",
    ),
    "a resource that waits for its deletion": (
        lambda w: w["export"]["deployment"]["resources"].append({**deployed(w), "delete": True}),
        f"deployed state: {BUCKET} (to be deleted): absent -> deployed",
    ),
    "an interrupted operation": (
        put(
            lambda w: w["export"]["deployment"],
            "pending_operations",
            [{"type": "creating", "resource": {"urn": BUCKET}}],
        ),
        "deployed state: the deployment: absent -> deployed",
    ),
    "a value in the cloud": (
        put(lambda w: step(w)["oldState"]["inputs"], "visibilityTimeoutSeconds", 900),
        f"update would do: {QUEUE} before.visibilityTimeoutSeconds: another value -> 900",
    ),
    "a replacement": (
        put(step, "op", "replace"),
        f'update would do: {QUEUE} operation: another value -> "replace"',
    ),
    "one more operation": (
        lambda w: w["preview"]["steps"].append({"op": "create", "urn": BUCKET, "newState": {}}),
        f"update would do: {BUCKET}: nothing -> create",
    ),
    "one operation less": (
        lambda w: w["preview"]["steps"].clear(),
        f"update would do: {QUEUE}: another value -> nothing",
    ),
    "a setting": (
        put(lambda w: w["settings"]["Pulumi.dev.yaml"]["config"], "shop:size", 4),
        "settings: Pulumi.dev.yaml config.shop:size: 3 -> 4",
    ),
    "a secret setting": (
        put(lambda w: w["settings"]["Pulumi.dev.yaml"]["config"]["shop:token"], "secure", "2"),
        'settings: Pulumi.dev.yaml config.shop:token.secure: "1" -> "2"',
    ),
    "a file": (
        put(lambda w: w["program"], "infra/__main__.py", "sha256:" + "f" * 64),
        f"program file: infra/__main__.py: {'1' * 12} -> {'f' * 12}",
    ),
    "a new file": (
        put(lambda w: w["program"], "infra/more.py", "sha256:" + "f" * 64),
        f"program file: infra/more.py: absent -> {'f' * 12}",
    ),
    "an environment variable": (
        put(lambda w: w["variables"], "SHOP_COLOR", "99cd"),
        "environment variable: SHOP_COLOR: 12ab -> 99cd",
    ),
    "an environment variable that is unset": (
        put(lambda w: w["variables"], "SHOP_COLOR", None),
        "environment variable: SHOP_COLOR: 12ab -> absent",
    ),
    "the library": (
        put(lambda w: w["versions"], "groundplan", "sha256:3"),
        "version: groundplan:",
    ),
    "a locked package": (
        put(lambda w: w["versions"], "requirements.txt boto3", "1.41.0"),
        'version: requirements.txt boto3: "1.40.0" -> "1.41.0"',
    ),
    "an SDK that is not installed": (
        put(lambda w: w["versions"], "installed pulumi", "3.1.0"),
        "version: installed pulumi: absent -> present",
    ),
}


def words(world: dict[str, Any]) -> list[str]:
    found = of_content(sealed_shop.approval(), sealed_shop.recorded(world))
    return [refusal.message for refusal in found]


@pytest.mark.parametrize("kind", KINDS)
def test_a_difference_is_named_with_both_values(kind: str) -> None:
    change, expected = KINDS[kind]
    found = words(sealed_shop.changed(change))
    assert any(message.startswith(expected) for message in found), found
    assert "hunter2" not in str(found)
    assert "v1:" not in str(found)


def test_nothing_differs_from_what_was_approved() -> None:
    assert words(sealed_shop.WORLD) == []


@pytest.mark.parametrize("key", ["modified", "created", "sourcePosition", "stackTrace"])
def test_when_and_by_which_line_a_state_was_written_is_no_difference(key: str) -> None:
    assert words(sealed_shop.changed(lambda w: deployed(w).__setitem__(key, "other"))) == []


def test_names_that_a_provider_chooses_are_no_difference() -> None:
    def planned(name: str) -> dict[str, Any]:
        new = {
            "inputs": {
                "bucket": name,
                "__defaults": ["bucket"],
                "metadata": {"name": name, "annotations": {"pulumi.com/autonamed": "true"}},
            }
        }
        created = {"op": "create", "urn": BUCKET, "newState": new}
        return sealed_shop.changed(lambda w: w["preview"]["steps"].append(created))

    approved = sealed_shop.approval(planned("data-1"))
    assert of_content(approved, sealed_shop.recorded(planned("data-2"))) == []


def test_what_the_program_ignores_is_no_difference() -> None:
    def scaled(size: int) -> dict[str, Any]:
        def change(world: dict[str, Any]) -> None:
            for side in ("oldState", "newState"):
                step(world)[side]["ignoreChanges"] = ["scaling.desired", "tags"]
                inputs = step(world)[side]["inputs"]
                inputs |= {"scaling": {"desired": size}, "tags": {"a": str(size)}, "tagsAll": "x"}

        return sealed_shop.changed(change)

    assert of_content(sealed_shop.approval(scaled(1)), sealed_shop.recorded(scaled(2))) == []
    other = scaled(1)
    step(other)["newState"]["inputs"]["tagsAll"] = "y"
    assert of_content(sealed_shop.approval(scaled(1)), sealed_shop.recorded(other)) != []


def test_a_document_without_the_engine_is_not_compared_with_one() -> None:
    found = of_content(
        sealed_shop.approval(), sealed_shop.recorded(sealed_shop.WORLD, state_only=True)
    )
    assert [one.message for one in found] == ["update would do: the engine: asked -> not asked"]


def paths(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data)
    return [
        found
        for key, value in items
        for found in (
            paths(value, (*at, key)) if isinstance(value, dict | list) and value else [(*at, key)]
        )
    ]


UNSEALED = {"modified", "time"}
PATHS = [path for path in paths(sealed_shop.WORLD) if not UNSEALED & set(path)]


@settings(max_examples=50, deadline=None)
@given(path=st.sampled_from(PATHS), value=st.text(min_size=1) | st.integers() | st.booleans())
def test_any_other_value_anywhere_is_a_difference(path: tuple[Any, ...], value: Any) -> None:
    def change(world: dict[str, Any]) -> None:
        target = world
        for part in path[:-1]:
            target = target[part]
        target[path[-1]] = value

    try:
        world = sealed_shop.changed(change)
        found = words(world)
    except (TypeError, AttributeError, ValueError):
        return  # no such state or manifest: recording fails before anything is compared
    same = json.dumps(world, sort_keys=True) == json.dumps(sealed_shop.WORLD, sort_keys=True)
    assert bool(found) is not same, path


def test_what_the_program_ignores_is_sealed_where_it_is_created() -> None:
    """A value of a lookup, of which the manifest knows none."""

    def created(value: str, old: dict[str, Any] | None) -> Change:
        state = {"inputs": {"size": value}, "ignoreChanges": ["size"]}
        entry = {"op": "create", "urn": QUEUE, "oldState": old, "newState": state}
        return lambda world: world["preview"].update(steps=[entry])

    for old, found in ((None, 1), ({"inputs": {"size": "a"}}, 0)):
        before = sealed_shop.approval(sealed_shop.changed(created("a", old)))
        now = sealed_shop.recorded(sealed_shop.changed(created("b", old)))
        assert len(of_content(before, now)) == found
