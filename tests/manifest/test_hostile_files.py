"""Invalid and hostile files: one error with file, line and key, and always in time."""

import contextlib
import json
import pathlib
import tempfile
from typing import Any

import pytest
from click.testing import CliRunner
from groundplan.cli import main
from groundplan.manifest import yaml_text
from groundplan.manifest.documents import parse_json, parse_yaml
from groundplan.manifest.printable import is_printable
from groundplan.manifest.project import ProjectError, configuration, load
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

pytestmark = pytest.mark.usefixtures("forked")

YAML = "name: shop\nruntime: python\n"
LAUGHS = "config:\n  a: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"  b{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)


def settings(folder: pathlib.Path, data: str | bytes, project: str | bytes = YAML) -> str:
    """The error of a stack whose file has this content."""
    for name, content in (("Pulumi.yaml", project), ("Pulumi.dev.yaml", data)):
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    (folder / "__main__.py").write_text("import pulumi\n")
    result = CliRunner().invoke(main, ["preview", "-p", str(folder)])
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    assert result.stdout == ""
    return result.stderr


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (
            "config:\n  since: 2026-01-01\n",
            2,
            "config.since is a date. Fix: write it in quotes",
        ),
        ("config:\n  a: {b: [1, 2026-01-01T10:00:00Z]}\n", 2, "config.a.b[1] is a date"),
        ("config:\n  a: 1\n  b: 2\n  a: 3\n", 4, "config.a is there twice, first in line 2"),
        ("config:\n  a: {b: 1, b: 2}\n", 2, "config.a.b is there twice"),
        ("config: {a: 1}\nconfig: {b: 1}\n", 2, "config is there twice"),
        ("config:\n  a: .nan\n", 2, "config.a is .nan"),
        ("config:\n  a: -.inf\n", 2, "config.a is -.inf"),
        ("config:\n  a: !Ref x\n", 2, "config.a has the tag !Ref"),
        ("config:\n  a: *b\n", 2, "config.a refers to *b"),
        ("config:\n  a: &b [*b]\n", 2, "config.a[0] refers to *b"),
        ("config:\n  ? [a]\n  : 1\n", 2, "has a key that is a mapping or a list"),
        ('config:\n  a: "\\ud800"\n', 2, "is not YAML"),
        ("config:\n  a: [\n", 3, "is not YAML"),
        ("config:\n\ta: 1\n", 2, "is not YAML"),
        ("config: {}\n---\nconfig: {}\n", 2, "has several documents"),
        (b"config:\n  a: caf\xe9\n", 2, "is not UTF-8: byte 0xe9"),
        ("config:\n  a: 1\n".encode("utf-16"), 1, "is UTF-16"),
        ("config:\n  a: " + "[" * 250 + "]" * 250, 2, "is nested deeper than 50 levels"),
        ("config:\n  a: " + "{b: " * 250 + "1" + "}" * 250, 2, "is nested deeper than 50 levels"),
        ("config:\n  a: " + "[" * 100_000, 2, "is nested deeper than 50 levels"),
        (LAUGHS, 6, "config.b4[7] is part of more than 100,000 values"),
    ],
)
def test_an_error_in_a_stacks_file_has_its_line_and_key(
    tmp_path: pathlib.Path, data: str | bytes, line: int, says: str
) -> None:
    error = settings(tmp_path, data)
    assert f"{tmp_path / 'Pulumi.dev.yaml'}:{line}" in error
    assert says in error
    assert len(error.splitlines()) == 1


def test_a_file_that_is_too_large_is_refused(tmp_path: pathlib.Path) -> None:
    assert "larger than 1,000,000 bytes" in settings(tmp_path, "a: b\n" * 300_000)


@pytest.mark.parametrize(
    ("project", "says"),
    [
        (YAML.encode("utf-16"), "Pulumi.yaml:1 is UTF-16"),
        (b"name: \xff\n", "Pulumi.yaml:1 is not UTF-8"),
        ("name: x[/foo]\nruntime: python\n", 'name is "x[/foo]". Allowed: at most 100 letters'),
        ('name: "a\\e[31m"\nruntime: python\n', "name is "),
        ("name: 7\nruntime: python\n", "has no name"),
        ("name: shop\nruntime: [python]\n", "has the runtime ["),
        ("name: shop\nruntime: {name: python, options: [a]}\n", 'runtime.options is ["a"]'),
        ("name: shop\nruntime: {name: python, options: {virtualenv: [a]}}\n", "virtualenv is ["),
        ("name: shop\nruntime: {name: python, options: {toolchain: conda}}\n", "pip, poetry, uv"),
        ('name: shop\nruntime: python\nmain: "\\0"\n', "main is "),
        ("name: shop\nruntime: python\nmain: [a]\n", "main is ["),
        ("name: shop\nruntime: python\nconfig: [a]\n", "config is ["),
        ("name: shop\nruntime: python\nstackConfigDir: {a: b}\n", "stackConfigDir is {"),
        ("name: shop\nname: shop\nruntime: python\n", "Pulumi.yaml:2: name is there twice"),
    ],
)
def test_an_invalid_project_file_is_one_error_with_file_and_key(
    tmp_path: pathlib.Path, project: str | bytes, says: str
) -> None:
    error = settings(tmp_path, "", project)
    assert str(tmp_path / "Pulumi.yaml") in error
    assert says in error
    assert "\x1b" not in error


@pytest.mark.parametrize(
    ("key", "meant"),
    [("shp:size", "shop:size"), ("shpo:size", "shop:size"), ("asw:region", "aws:region")],
)
def test_a_misspelt_namespace_is_refused(tmp_path: pathlib.Path, key: str, meant: str) -> None:
    error = settings(tmp_path, f"config:\n  {key}: 1\n")
    assert f"Pulumi.dev.yaml:2: nothing reads {key} (did you mean {meant}?)" in error
    assert f"Pulumi.yaml:4: nothing reads {key}" in settings(
        tmp_path, "", f"{YAML}config:\n  '{key}': {{value: 1}}"
    )


@pytest.mark.parametrize(
    ("project", "line"),
    [
        ("runtime: python\n\nname: x[/foo]\n", 3),
        ("name: shop\nruntime:\n  name: nodejs\n", 3),
        ("name: shop\nruntime:\n  name: python\n  options: [a]\n", 4),
        ("name: shop\nruntime:\n  name: python\n  options:\n    toolchain: conda\n", 5),
        ("name: shop\nruntime:\n  name: python\n  options: {virtualenv: [a]}\n", 4),
        ("name: shop\nruntime: python\nmain: nowhere\n", 3),
        ("name: shop\nruntime: python\nconfig: [a]\n", 3),
        ("name: shop\nruntime: python\nstackConfigDir: {a: b}\n", 3),
    ],
)
def test_an_error_in_the_project_file_has_its_line(
    tmp_path: pathlib.Path, project: str, line: int
) -> None:
    assert f"Pulumi.yaml:{line}" in settings(tmp_path, "", project)


def test_settings_that_are_no_mapping_have_their_line(tmp_path: pathlib.Path) -> None:
    assert "Pulumi.dev.yaml:2: config of" in settings(tmp_path, "# none\nconfig: [a]\n")


def test_a_namespace_that_the_program_names_is_its_own(tmp_path: pathlib.Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text(YAML)
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {shops:size: 1, other:a: 1}\n")
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.Config('shops').require('size')\n")
    assert CliRunner().invoke(main, ["preview", "-p", str(tmp_path)]).exit_code == 0


@pytest.mark.parametrize("stack", ["../prod", "a/b", "x[/foo]", "\x1b[2J", "s" * 101, "a\x00b"])
def test_a_stacks_name_is_checked(tmp_path: pathlib.Path, stack: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text(YAML)
    (tmp_path / "__main__.py").touch()
    with pytest.raises(ProjectError, match="at most 100 letters"):
        configuration(load(tmp_path), stack, {})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("20:00", "20:00"),
        ("1:30", "1:30"),
        ("true", True),
        ("~", None),
        ("010", 8),
        ("0o10", 8),
        ("0x1F", 31),
        ("0b11", 3),
        ("-7", -7),
        ("1_000", 1000),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.2.3", "1.2.3"),
        ("0123456789012", "0123456789012"),
        ("9" * 5000, "9" * 5000),
        ("'7'", "7"),
        ("!!str 7", "7"),
        ("14d", "14d"),
        ("{<<: {a: 1, b: 1}, b: 2}", {"a": 1, "b": 2}),
    ],
)
def test_a_value_is_read_as_the_engine_reads_it(text: str, value: Any) -> None:
    read = yaml_text.parse(f"a: {text}\n")["a"]
    if text.startswith("9"):
        assert str(read) == str(value)
        return
    expected = float(value) if text == "0123456789012" else value
    assert read == expected
    assert type(read) is type(expected)


TEXT = st.sampled_from("[]{}:,-&*a0 \n\"'!|>?#%@`~\t.")


@given(st.text(TEXT, max_size=60))
def test_any_text_ends_with_data_or_one_error(text: str) -> None:
    with contextlib.suppress(yaml_text.TextError):
        yaml_text.parse(text)


@given(st.binary(max_size=80))
def test_any_bytes_end_with_data_or_one_error(data: bytes) -> None:
    with contextlib.suppress(yaml_text.TextError):
        yaml_text.parse(yaml_text.decode(data))


@examples(max_examples=50)
@given(st.sampled_from(["Pulumi.dev.yaml", "Pulumi.yaml"]), st.text(max_size=40), st.text(TEXT))
def test_any_text_in_a_file_is_read_or_the_error_names_the_file(
    name: str, anything: str, odd: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for file, content in (("Pulumi.yaml", YAML), ("Pulumi.dev.yaml", "config:\n  a: 1\n")):
            text = content + (f"b: {odd}\n{anything}" if file == name else "")
            pathlib.Path(folder, file).write_bytes(text.encode("utf-8", "surrogatepass"))
        pathlib.Path(folder, "__main__.py").touch()
        message = name
        try:
            configuration(load(pathlib.Path(folder)), "dev", {})
        except ProjectError as error:
            message = str(error)
    assert name in message
    assert is_printable(message)


# Saved manifests and states


RESOURCE: dict[str, Any] = {
    "urn": "urn:pulumi:dev::shop::aws:sqs/queue:Queue::q",
    "type": "aws:sqs/queue:Queue",
    "name": "q",
    "parent": None,
    "custom": True,
    "inputs": {},
}
MANIFEST = {
    "format": 1,
    "project": "shop",
    "stack": "dev",
    "providers": {},
    "resources": [RESOURCE],
    "outputs": {},
    "invokes": [],
}


def base(folder: pathlib.Path, content: str | bytes) -> str:
    """The error of a comparison with a file of this content."""
    (folder / "Pulumi.yaml").write_text(YAML)
    (folder / "__main__.py").touch()
    file = folder / "base.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = CliRunner().invoke(main, ["preview", "-p", str(folder), "--base", str(file)])
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    assert str(file) in result.stderr
    return result.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{\n\n oops", "base.json:3 can't be read as JSON"),
        (b'{\n"a": "\xff"}', "base.json:2 can't be read as JSON: it is not UTF-8"),
        ('{"format": NaN}', "NaN is no JSON value"),
        ("[" * 5000 + "]" * 5000, "nested deeper than 100 levels"),
        ('{"a":' * 200 + "1" + "}" * 200, "nested deeper than 100 levels"),
        ("7", "neither a manifest nor a state"),
        (json.dumps({**MANIFEST, "resources": {}}), "resources is dict. Allowed: an array"),
        (json.dumps({**MANIFEST, "resources": [7]}), "resources[0] is no object"),
        (
            json.dumps({**MANIFEST, "resources": [{**RESOURCE, "inputs": 3}]}),
            "resources[0].inputs is int. Allowed: an object",
        ),
        (
            json.dumps({**MANIFEST, "resources": [{**RESOURCE, "urn": "q"}]}),
            "resources[0].urn is 'q'. Allowed: a URN",
        ),
        (json.dumps({**MANIFEST, "outputs": None}), "outputs is NoneType"),
        ('{"deployment": {"resources": [{"urn": 7}]}}', "deployment.resources[0].urn is int"),
        ('{"deployment": {"resources": 7}}', "deployment.resources is no array"),
        ('{"checkpoint": [7]}', "checkpoint is list"),
        ('{"checkpoint": {"latest": "x"}}', "checkpoint.latest is no object"),
    ],
)
def test_an_invalid_base_is_one_error_with_file_and_key(
    tmp_path: pathlib.Path, content: str | bytes, says: str
) -> None:
    assert says in base(tmp_path, content)


def test_git_that_is_not_installed_is_named(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").write_text(YAML)
    (tmp_path / "__main__.py").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    result = CliRunner().invoke(main, ["preview", "-p", str(tmp_path), "--base", "HEAD"])
    assert result.exit_code == 1
    assert "git, which can't be started: No such file" in result.stderr
    assert "Traceback" not in result.output


def test_a_document_inside_a_manifest_is_limited_too() -> None:
    assert parse_yaml(LAUGHS) is None
    assert parse_json("[" * 500 + "]" * 500) is None
    assert parse_yaml("a: 2026-01-01\nb: 1\n") == {"a": "2026-01-01", "b": 1}
