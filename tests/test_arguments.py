"""The reader of arguments: shapes, spellings, defaults, former keys."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict

import pulumi
import pytest
from groundplan import arguments
from groundplan.arguments import InvalidArguments, Reader, Unknown, camel_case, known, read
from groundplan.component import Component
from groundplan.context import Context
from groundplan.problems import MISSING, Problem
from groundplan.testing import deploy
from hypothesis import given
from hypothesis import strategies as st


class Color(str, Enum):
    RED = "red"
    BLUE = "blue"


if TYPE_CHECKING:
    ColorValue = Color | Literal["red", "blue"]
else:
    ColorValue = Color


class LeafArgs(TypedDict):
    count: int
    ratio: NotRequired[float]


class SampleArgs(TypedDict):
    name: str
    """The name."""
    min_size: NotRequired[int]
    ratio: NotRequired[float]
    enabled: NotRequired[bool]
    color: NotRequired[ColorValue]
    arn: NotRequired[pulumi.Input[str]]
    ports: NotRequired[Sequence[int]]
    colors: NotRequired[Sequence[Color]]
    labels: NotRequired[Mapping[str, str]]
    leaf: NotRequired[LeafArgs]
    leaves: NotRequired[Mapping[str, LeafArgs]]
    listed: NotRequired[Sequence[LeafArgs]]
    number: NotRequired[pulumi.Input[int]]


def problems(**args: Any) -> dict[str, str]:
    """Returns key -> the problem's text."""
    return {problem.key: str(problem) for problem in read(SampleArgs, {"name": "n", **args})[1]}


def value(**args: Any) -> Any:
    """Returns what is read; there must be no problem."""
    found, wrong = read(SampleArgs, {"name": "n", **args})
    assert wrong == []
    return found


@pytest.mark.parametrize(
    "wrong", [True, False, 1.5, "1", [1], {"a": 1}, float("inf"), float("nan")]
)
def test_a_whole_number_is_no_boolean_no_fraction_and_no_text(wrong: Any) -> None:
    assert problems(min_size=wrong).keys() == {"min_size"}
    assert problems(number=wrong).keys() == {"number"}
    assert "a whole number" in problems(min_size=wrong)["min_size"]


def test_whole_numbers_that_arrive_as_floats_become_int() -> None:
    found = value(min_size=3.0, leaf={"count": 2.0})
    assert (type(found["min_size"]), type(found["leaf"]["count"])) == (int, int)


@pytest.mark.parametrize("wrong", [True, "0.5", None, [0.5]])
def test_a_number_is_no_boolean_and_no_text(wrong: Any) -> None:
    assert (problems(ratio=wrong).keys() == {"ratio"}) is (wrong is not None)


def test_a_whole_number_is_a_number() -> None:
    assert type(value(ratio=1)["ratio"]) is float


@pytest.mark.parametrize("wrong", [0, 1, "true", "yes"])
def test_true_and_false_are_written_as_such(wrong: Any) -> None:
    assert "true or false" in problems(enabled=wrong)["enabled"]


def test_every_wrong_item_of_a_list_is_reported_with_its_index() -> None:
    assert problems(ports=[1, "2", True, None, 5]).keys() == {"ports[1]", "ports[2]", "ports[3]"}
    assert problems(colors=["red", "green"]).keys() == {"colors[1]"}
    assert problems(listed=[{"count": 1}, {"count": "x"}, {}]).keys() == {
        "listed[1].count",
        "listed[2].count",
    }


def test_every_wrong_entry_of_a_mapping_is_reported_with_its_key() -> None:
    assert problems(labels={"a": "b", "c": 1, "d": None}).keys() == {"labels.c", "labels.d"}
    assert problems(leaves={"x": {"count": 1, "cuont": 2}, "y": 3}).keys() == {
        "leaves.x.cuont",
        "leaves.y",
    }


def test_a_list_is_no_mapping_and_text_is_no_list() -> None:
    assert problems(ports="80", labels=["a"], leaf=[]).keys() == {"ports", "labels", "leaf"}


def test_keys_of_mappings_are_text() -> None:
    assert problems(labels={1: "a"}).keys() == {"labels"}


def test_missing_and_unknown_keys_are_reported_at_once() -> None:
    found: Any
    found, wrong = read(SampleArgs, {"nmae": "x", "leaf": {}})
    assert found == {"leaf": {}}
    assert {p.key for p in wrong} == {"name", "nmae", "leaf.count"}
    by_key = {p.key: p for p in wrong}
    assert by_key["name"].value is MISSING
    assert "did you mean name" in by_key["nmae"].fix


def test_none_is_absent() -> None:
    found: Any
    found, wrong = read(SampleArgs, {"name": None, "min_size": None})
    assert found == {}
    assert [p.key for p in wrong] == ["name"]


def test_an_enum_is_read_by_value_and_by_member() -> None:
    assert value(color="red")["color"] is Color.RED
    assert value(color=Color.BLUE)["color"] is Color.BLUE
    assert 'did you mean "blue"' in problems(color="bleu")["color"]
    assert "red, blue" in problems(color=3)["color"]


def test_unknown_values_are_left_to_the_provider() -> None:
    deferred = Unknown()

    def program() -> None:
        output: Any = pulumi.Output.from_input("x")
        found = value(arn=output, number=deferred, leaf=deferred)
        assert found["arn"] is output
        assert found["leaf"] is deferred
        assert not known(output)
        (problem,) = read(SampleArgs, {"name": "n", "min_size": output})[1]
        assert (problem.key, problem.value) == ("min_size", "an output")
        assert "known when the program runs" in problem.allowed

    deploy(program)
    assert not known(deferred)
    assert not known(None)
    assert known(0)


def test_text_in_place_of_a_number_is_advised_without_quotes() -> None:
    assert "write 2, without quotes" in problems(min_size="2")["min_size"]
    assert "without quotes" not in problems(min_size="two")["min_size"]


def test_a_number_in_place_of_text_is_advised_in_quotes() -> None:
    assert "write it in quotes" in problems(arn=12)["arn"]


def test_settings_are_read_in_camel_case_without_filled_arguments() -> None:
    reader = Reader(SampleArgs, camel_case, {SampleArgs: frozenset({"arn", "name"})})
    found, wrong = reader.read({"minSize": 2, "min_size": 3, "arn": "x", "leaf": {"ratio": 1}})
    assert found == {"min_size": 2, "leaf": {"ratio": 1.0}}
    assert {p.key for p in wrong} == {"min_size", "arn", "leaf.count"}
    assert "did you mean minSize" in next(p.fix for p in wrong if p.key == "min_size")


def test_what_is_no_mapping_at_all_is_one_problem() -> None:
    for wrong in ("text", 3, [1]):
        _, found = Reader(SampleArgs).read(wrong)
        assert [p.key for p in found] == [""]


# Defaults and former keys.


class WithDefaultsArgs(TypedDict):
    size: NotRequired[int]
    zone: NotRequired[str]
    needed: str


def test_defaults_fill_what_is_absent_and_nothing_else() -> None:
    arguments.defaults(WithDefaultsArgs, size=3)
    assert arguments.defaults_of(WithDefaultsArgs) == {"size": 3}
    assert arguments.with_defaults(WithDefaultsArgs, {"needed": "x"}) == {"size": 3, "needed": "x"}
    assert arguments.with_defaults(WithDefaultsArgs, {"size": 0}) == {"size": 0}
    assert arguments.with_defaults(WithDefaultsArgs, {"size": None}) == {"size": 3}
    assert arguments.with_defaults(WithDefaultsArgs) == {"size": 3}


@pytest.mark.parametrize("key", ["sise", "needed"])
def test_defaults_are_of_optional_keys_of_the_type(key: str) -> None:
    with pytest.raises(TypeError, match=key):
        arguments.defaults(WithDefaultsArgs, **{key: 1})


class RenamedArgs(TypedDict):
    close_at: NotRequired[str]


def test_the_error_of_a_former_key_names_the_new_one() -> None:
    arguments.renamed(RenamedArgs, stop_at="close_at")
    _, (problem,) = read(RenamedArgs, {"stop_at": "20:00"})
    assert (problem.key, problem.fix) == ("stop_at", "use close_at, its new name")
    _, (problem,) = Reader(RenamedArgs, camel_case).read({"stopAt": "20:00"})
    assert (problem.key, problem.fix) == ("stopAt", "use closeAt, its new name")


def test_a_former_key_has_a_new_name_that_exists() -> None:
    with pytest.raises(TypeError, match="nowhere"):
        arguments.renamed(RenamedArgs, old="nowhere")


class NestedArgs(TypedDict):
    leaf: NotRequired[LeafArgs]
    leaves: NotRequired[Mapping[str, LeafArgs]]
    listed: NotRequired[pulumi.Input[Sequence[LeafArgs]]]


@pytest.mark.parametrize(
    "args",
    [{}, {"leaf": {"count": 1}}, {"leaves": {"a": {"count": 1}}}, {"listed": [{"count": 1}]}],
)
def test_a_value_with_all_required_keys_is_complete(args: dict[str, Any]) -> None:
    assert arguments.is_complete(NestedArgs, args)


@pytest.mark.parametrize(
    "args", [{"leaf": {}}, {"leaves": {"a": {"count": 1}, "b": {}}}, {"listed": [{}]}]
)
def test_a_value_without_a_required_key_is_not_complete(args: dict[str, Any]) -> None:
    assert not arguments.is_complete(NestedArgs, args)


# Components.


class Sample(Component):
    """A component for tests."""

    def __init__(
        self, name: str, args: Any = arguments.DEFAULTS, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        assert opts is None
        self.args = arguments.validated(
            "Sample", SampleArgs, args, rules, Context(name, "project", "stack")
        )


def rules(args: SampleArgs, context: Context) -> list[Problem]:
    wrong = [Problem("min_size", args["min_size"], "3")] if args.get("min_size") == 2 else []
    return wrong + ([Problem("name", context.name, "another")] if context.name == "bad" else [])


def test_shape_and_values_are_reported_together() -> None:
    with pytest.raises(InvalidArguments) as caught:
        Sample("bad", {"min_size": 2, "ratio": "x"})
    assert [p.key for p in caught.value.problems] == ["ratio", "name", "min_size", "name"]
    assert str(caught.value).startswith('Sample "bad" has invalid arguments: 4 problems.')


def test_keyword_arguments_are_refused_with_the_way_they_are_passed() -> None:
    with pytest.raises(InvalidArguments) as caught:
        Sample("net", cidr_block="10.0.0.0/16")  # type: ignore[call-arg]
    message = str(caught.value)
    assert "cidr_block" in message
    assert 'Sample("net", {"cidr_block": ...})' in message


def test_positional_arguments_and_their_names_are_accepted() -> None:
    assert Sample("net", {"name": "x"}).args == {"name": "x"}
    assert Sample(name="net", args={"name": "x"}, opts=None).args == {"name": "x"}


# Properties.

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from([*SampleArgs.__annotations__, "unknown"]) | st.text(max_size=4), anything
    )
)
def test_what_is_read_without_problems_is_read_again_unchanged(args: dict[str, Any]) -> None:
    found, wrong = read(SampleArgs, args)
    if not wrong:
        assert read(SampleArgs, found) == (found, [])
    keys = [problem.key for problem in wrong]
    assert len(keys) == len(set(keys))


# Texts and tags.


class ProseArgs(TypedDict):
    title: NotRequired[str]
    script: NotRequired[Sequence[str]]
    variables: NotRequired[Mapping[str, pulumi.Input[str]]]
    leaf: NotRequired[Mapping[str, SampleArgs]]


arguments.several_lines(ProseArgs, "script", "variables")


def prose(**args: Any) -> dict[str, str]:
    return {problem.key: str(problem) for problem in read(ProseArgs, args)[1]}


@pytest.mark.parametrize("text", ["a\nb", "a\tb", "\x1b[31m", "\x00", "a\x7f", "a\x85", "\ud800"])
def test_a_text_on_one_line_has_no_control_characters(text: str) -> None:
    reported = prose(title=text)
    assert list(reported) == ["title"]
    assert f"remove U+{next(ord(c) for c in text if c not in 'ab'):04X}" in reported["title"]
    assert list(prose(leaf={"x": {"name": text}})) == ["leaf.x.name"]


def test_a_value_with_control_characters_is_left_out() -> None:
    assert read(ProseArgs, {"title": "a\x1b", "script": ["a", "b\x00"]})[0] == {"script": ["a"]}


def test_scripts_and_documents_have_several_lines() -> None:
    assert prose(script=["set -e\n\tpython"], variables={"A": "{\r\n}"}) == {}
    assert list(prose(script=["a", "b\x1b"], variables={"A": "\x00"})) == [
        "script[1]",
        "variables.A",
    ]


def test_names_of_entries_have_no_control_characters_and_are_shown_escaped() -> None:
    assert list(prose(variables={"A\nB": "x"})) == ["variables.A\\u000aB"]
    assert list(prose(**{"b\x1b": 1})) == ["b\\u001b"]


def test_only_keys_of_the_type_are_declared_to_have_several_lines() -> None:
    with pytest.raises(TypeError, match="has no titel"):
        arguments.several_lines(ProseArgs, "titel")


def test_texts_of_other_languages_are_texts() -> None:
    assert prose(title="Modèle für 予測 \u200d 🚀") == {}
