"""Errors in YAML have the line, and the line itself."""

import pathlib
import textwrap

import pytest
from groundplan.excerpts import WIDEST, YamlFile, report
from groundplan.problems import MISSING, Problem
from hypothesis import given
from hypothesis import strategies as st

FILE = YamlFile(
    "Pulumi.dev.yaml",
    textwrap.dedent("""\
        config:
          aws:region: us-esat-1
          shop:pools:
            gpu: {instanceType: g5.xlrage, token: abc, maxSize: two}
            gpu.big:
              maxSize: 3
          shop:zones:
            - a
            - {name: b}
          shop:text: "quoted"
        """),
)


@pytest.mark.parametrize(
    ("key", "value", "lines"),
    [
        (
            "config.aws:region",
            "us-esat-1",
            ["Pulumi.dev.yaml:2", "2 |   aws:region: us-esat-1", "  |               ^^^^^^^^^"],
        ),
        (
            "config.shop:pools.gpu.maxSize",
            "two",
            ["Pulumi.dev.yaml:4", "4 | ... maxSize: two ...", "  |              ^^^"],
        ),
        (
            "config.shop:pools.gpu.big.maxSize",
            3,
            ["Pulumi.dev.yaml:6", "6 |       maxSize: 3", "  |                ^"],
        ),
        (
            "config.shop:zones[0]",
            "a",
            ["Pulumi.dev.yaml:8", "8 |     - a", "  |       ^"],
        ),
        (
            "config.shop:text",
            "quoted",
            ["Pulumi.dev.yaml:10", '10 |   shop:text: "quoted"', "   |              ^^^^^^^^"],
        ),
        (
            "config.shop:pools.cpu.maxSize",
            MISSING,
            ["Pulumi.dev.yaml:3", "3 |   shop:pools:", "  |   ^^^^^^^^^^"],
        ),
    ],
)
def test_an_excerpt_marks_the_value(key: str, value: object, lines: list[str]) -> None:
    found = FILE.excerpt(key, value)
    assert found is not None
    assert found.lines() == lines


def test_what_is_not_in_the_file_has_no_excerpt() -> None:
    assert FILE.excerpt("elsewhere") is None
    assert FILE.excerpt("config.aws:region", "eu-west-1") is None  # an override
    assert FILE.at("elsewhere") == "Pulumi.dev.yaml"
    assert FILE.at("config.shop:zones[1].name") == "Pulumi.dev.yaml:9"


def test_neighbours_on_the_line_and_secrets_are_not_shown() -> None:
    problems = [Problem("shop:pools.gpu.instanceType", "g5.xlrage", "a type")]
    assert "abc" not in report("x", problems, FILE, "config")
    secret = Problem("shop:pools.gpu.token", "abc", "a name")
    assert "4 |" not in report("x", [secret], FILE, "config")


def test_each_problem_has_its_own_excerpt() -> None:
    problems = [
        Problem("aws:region", "us-esat-1", "a region"),
        Problem("shop:pools.gpu.maxSize", "two", "a whole number"),
        Problem("other", 1, "nothing"),
    ]
    lines = report("Pulumi.dev.yaml has invalid settings", problems, FILE, "config").splitlines()
    assert lines[0] == "Pulumi.dev.yaml has invalid settings: 3 problems."
    assert [line.strip() for line in lines if "Pulumi.dev.yaml:" in line] == [
        "Pulumi.dev.yaml:2",
        "Pulumi.dev.yaml:4",
    ]
    assert lines[-1].startswith("  - other is 1")


def test_long_lines_and_control_characters_are_cut_and_escaped() -> None:
    file = YamlFile("a.yaml", f"key: {'x' * 500}\nother: '\u202e'\n")
    assert len(file.excerpt("key").text) == WIDEST  # type: ignore[union-attr]
    assert "\u202e" not in "".join(file.excerpt("other").lines())  # type: ignore[union-attr]


def test_a_file_that_cannot_be_read_has_no_lines(tmp_path: pathlib.Path) -> None:
    assert YamlFile.read(tmp_path / "none.yaml").at("a") == "none.yaml"
    (tmp_path / "bytes.yaml").write_bytes(b"a: \xff")
    assert YamlFile.read(tmp_path / "bytes.yaml").at("a") == "bytes.yaml"
    assert YamlFile("a.yaml", "a: [").excerpt("a") is None
    assert YamlFile("a.yaml", "[" * 5000).excerpt("a") is None


@given(st.text(max_size=60), st.text(alphabet="abc.[]0:", max_size=12))
def test_any_text_and_key_are_read(text: str, key: str) -> None:
    found = YamlFile("a.yaml", text).excerpt(key)
    assert found is None or len(found.lines()) == 3
