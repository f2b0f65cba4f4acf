"""The documentation says what is there: generated files are current, links lead
somewhere, and code blocks run.

A Python block of a guide runs as a Pulumi program where its fence says `python run`;
where it says `python test`, its test functions are called. All others have to compile.
"""

import pathlib
import re
import subprocess
import sys
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import click
import generate
import groundplan
import jsonschema
import pytest
import schema
import yaml
from generator import settings as settings_page
from groundplan.arguments import camel_case, hints_of
from groundplan.cli import main
from groundplan.testing import deploy
from settings import Settings

ROOT = pathlib.Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STACKS = ["dev", "prod"]


def named(path: pathlib.Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text(path: pathlib.Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(path: pathlib.Path) -> str:
    """A page without its fenced blocks."""
    return FENCE.sub("", text(path))


@pytest.mark.parametrize("path", [file.relative_to(ROOT).as_posix() for file in generate.FILES])
def test_what_make_docs_writes_is_current(path: str) -> None:
    wanted = generate.FILES[ROOT / path]()
    assert text(ROOT / path) == wanted, (
        f"{path} is not what the source says. Fix: run `make docs` and commit it"
    )


def test_the_settings_schema_is_current() -> None:
    assert text(schema.FILE) == schema.text(), (
        f"{named(schema.FILE)} is out of date. Fix: run `make schema` and commit it"
    )


# The references.


def section(page: str, heading: str) -> str:
    found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"docs/reference.md has no section {heading}"
    return found[1]


def test_the_reference_has_every_public_name_with_all_its_arguments() -> None:
    page = text(ROOT / "docs" / "reference.md")
    for name in groundplan.__all__:
        told = section(page, name)
        kind = getattr(groundplan, name)
        for key in kind.__annotations__ if typing.is_typeddict(kind) else ():
            assert f"| `{key}` |" in told, f"{name}.{key}"


def test_the_reference_tells_type_default_and_meaning_apart() -> None:
    network = section(text(ROOT / "docs" / "reference.md"), "NetworkArgs")
    (row,) = (line for line in network.splitlines() if line.startswith("| `zone_count` |"))
    assert row.startswith("| `zone_count` | `int` | 3 | Number of availability zones")
    required = section(text(ROOT / "docs" / "reference.md"), "LogBucketArgs")
    assert "| `source_bucket_arn` | `Input[str]` | *required* |" in required


def keys(whole: Any, node: Any, path: str = "") -> Iterator[str]:
    """Yields every key of a JSON schema: in groups, mappings and lists."""
    reference = node.get("$ref") or next(
        (part["$ref"] for part in node.get("allOf", ()) if "$ref" in part), None
    )
    inner = whole["definitions"][reference.rsplit("/", 1)[-1]] if reference else {}
    node = {**inner, **node}
    for key, value in node.get("properties", {}).items():
        at = f"{path}.{key}" if path else key
        yield at
        yield from keys(whole, value, at)
    for key, step in (("additionalProperties", ".<name>"), ("items", "[]")):
        if isinstance(node.get(key), Mapping):
            yield from keys(whole, node[key], path + step)


def test_the_settings_page_has_every_key() -> None:
    whole = schema.schema()
    documented = {
        line.split("`")[1] for line in settings_page.page().splitlines() if line.startswith("| `")
    }
    every = {
        key.partition(":")[2] if "." in key else key
        for key in keys(whole, whole["properties"]["config"])
    }
    assert "training.pools.<name>.taints[].effect" in every
    sections = {key.partition(":")[2] for key in whole["properties"]["config"]["properties"]}
    assert every - documented - {f"groundplan:{section}" for section in sections} == set()


def test_the_settings_page_descends_into_groups_in_any_container() -> None:
    group = {"properties": {"key": {"type": "string", "description": "A key."}}}
    whole = {"definitions": {"group": group}}
    listed = {"type": "array", "items": {"$ref": "#/definitions/group"}}
    for node, path in (
        (listed, "rules[].key"),
        ({"type": "object", "additionalProperties": listed}, "rules.<name>[].key"),
        ({"type": "array", "items": listed}, "rules[][].key"),
    ):
        rows = list(settings_page._settings_below(whole, "groundplan:x.rules", node))
        assert [row.split("`")[1] for row in rows] == [f"x.{path}"]


def test_the_settings_page_has_keys_at_every_depth() -> None:
    page = text(ROOT / "docs" / "settings.md")
    for key in (
        "aws:region",
        "network.flowLogs.retentionDays",
        "training.pools.<name>.maxSize",
        "endpoints.<name>.alarms",
    ):
        assert f"| `{key}` |" in page


# The schema.


def stack_file(stack: str) -> Any:
    return yaml.safe_load(text(ROOT / f"Pulumi.{stack}.yaml"))


def errors(document: Any) -> list[str]:
    return [
        error.message for error in jsonschema.Draft7Validator(schema.schema()).iter_errors(document)
    ]


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(schema.schema())


@pytest.mark.parametrize("stack", STACKS)
def test_the_schema_accepts_the_stack_files(stack: str) -> None:
    assert errors(stack_file(stack)) == []
    assert text(ROOT / f"Pulumi.{stack}.yaml").startswith(
        f"# yaml-language-server: $schema={named(schema.FILE)}\n"
    )


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("groundplan:netwrok", {}, "'groundplan:netwrok'"),
        ("groundplan:network", {"cidrBlok": "10.0.0.0/16"}, "'cidrBlok' was unexpected"),
        ("groundplan:network", {"natGateways": "two"}, "'two' is not one of"),
        (
            "groundplan:network",
            {"flowLogs": {"retentionDays": "14"}},
            "'14' is not of type 'integer'",
        ),
        ("groundplan:training", {"pools": {}}, "'administrators' is a required property"),
        (
            "groundplan:endpoints",
            {"churn": {"image": "i", "instanceType": "t", "scalling": {}}},
            "'scalling' was unexpected",
        ),
        ("groundplan:deletionProtection", "no", "'no' is not of type 'boolean'"),
    ],
)
def test_the_schema_refuses_wrong_keys_and_values(key: str, value: Any, said: str) -> None:
    document = stack_file("dev")
    document["config"][key] = value
    (error,) = errors(document)
    assert said in error


def test_the_schema_leaves_other_namespaces_and_the_rest_of_the_file_alone() -> None:
    document = {
        "encryptionsalt": "v1:x",
        "config": {"aws:region": "eu-west-1", "aws:profile": "ml", "other:key": {"a": [1]}},
    }
    assert errors(document) == []


def test_a_stack_file_needs_a_region() -> None:
    assert errors({"config": {}}) == ["'aws:region' is a required property"]


def test_the_project_declares_the_keys_that_the_settings_have() -> None:
    declared = yaml.safe_load(text(ROOT / "Pulumi.yaml"))["config"]
    assert set(declared) == {camel_case(key) for key in hints_of(Settings)} - {"region"}


def test_settings_are_described_and_validated_without_the_provider_sdks() -> None:
    code = (
        "import configuration, sys\n"
        "values = {'aws:region': 'us-east-1', 'groundplan:endpoints': '{}'}\n"
        "configuration.describe('groundplan', 'dev', values)\n"
        "sys.exit('pulumi_aws' in sys.modules or 'pulumi_kubernetes' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=ROOT / "infra", check=False).returncode
        == 0
    )


# The pages.


def anchors(path: pathlib.Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_to_what_is_there(page: pathlib.Path) -> None:
    body = re.sub(r"(?m)^    .*$", "", prose(page))
    links = re.findall(r"\]\(([^)\s]+)\)", body) + re.findall(r'(?:src|href)="([^"]+)"', body)
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{named(page)} links to {link}, which does not exist"
        if anchor:
            assert anchor in anchors(target), (
                f"{named(page)} links to {link}, which has no such heading"
            )


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_that_pages_name_exist(page: pathlib.Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text(ROOT / "Makefile"), re.MULTILINE))
    for line in text(page).splitlines():
        for target in re.findall(r"(?:^ {4}|`)make ([a-z]+)", line):
            assert target in targets, f"{named(page)}: make {target}"
        for command, rest in re.findall(r"(?:^ {4}|`|bin/)groundplan ([a-z-]+)([^`|#]*)", line):
            named_command = command_of([command, *rest.split()])
            assert named_command is not None, f"{named(page)}: groundplan {command}"
            known = {option for parameter in named_command.params for option in parameter.opts}
            known |= {"--help"}
            assert set(re.findall(r"(?<=\s)--?[a-z-]+", rest)) <= known, (
                f"{named(page)}: {line.strip()}"
            )


def command_of(words: list[str]) -> click.Command | None:
    """Returns the command that words name: `release deploy churn` -> `release
    deploy`."""
    command: click.Command | None = main
    for word in words:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(click.Context(command), word)
        if found is None and command is not main:
            break
        command = found
    return command


def blocks(kind: str) -> list[Any]:
    """The Python blocks of all pages whose fence says `python <kind>`; of any kind if
    it is empty."""
    found = []
    for page in PAGES:
        for match in FENCE.finditer(text(page)):
            language, _, said = match[1].partition(" ")
            if language == "python" and kind in ("", said):
                line = text(page)[: match.start()].count("\n") + 2
                found.append(
                    pytest.param(f"{named(page)}:{line}", match[2], id=f"{named(page)}:{line}")
                )
    return found


@pytest.mark.parametrize(("where", "code"), blocks(""))
def test_python_blocks_compile(where: str, code: str) -> None:
    compile(code, where, "exec")


@pytest.mark.parametrize(("where", "code"), blocks("run"))
def test_programs_run(where: str, code: str) -> None:
    plan = deploy(lambda: exec(compile(code, where, "exec"), {}))  # noqa: S102 (our own pages)
    assert plan.manifest.resources


@pytest.mark.parametrize(("where", "code"), blocks("test"))
def test_tests_pass(where: str, code: str) -> None:
    names: dict[str, Any] = {}
    exec(compile(code, where, "exec"), names)  # noqa: S102 (our own pages)
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test()


def test_fences_of_python_say_a_kind_that_is_known() -> None:
    kinds = {
        match[1]
        for page in PAGES
        for match in FENCE.finditer(text(page))
        if match[1].startswith("python")
    }
    assert kinds <= {"python", "python run", "python test"}


def test_an_environment_is_drawn_for_light_and_dark() -> None:
    drawing = text(ROOT / "docs" / "environment.svg")
    assert "prefers-color-scheme: dark" in drawing
    assert "<title" in drawing
