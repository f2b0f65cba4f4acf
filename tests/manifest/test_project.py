"""Projects and their configuration."""

import pathlib

import pytest
from groundplan.manifest.project import ProjectError, configuration, load
from groundplan.manifest.run import Request, preview


def write(folder: pathlib.Path, **files: str) -> pathlib.Path:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    (folder / "__main__.py").touch()
    return folder


YAML = "name: shop\nruntime: python\n"


def test_a_project_is_loaded_from_a_folder_below_it(tmp_path: pathlib.Path) -> None:
    write(tmp_path, Pulumi__yaml=YAML, Pulumi__dev__yaml="", Pulumi__prod__yaml="")
    (tmp_path / "deep" / "er").mkdir(parents=True)

    project = load(tmp_path / "deep" / "er")
    assert (project.name, project.root, project.stacks) == ("shop", tmp_path, ["dev", "prod"])
    assert project.entry == tmp_path / "__main__.py"


def test_a_project_has_a_program_and_a_python(tmp_path: pathlib.Path) -> None:
    yaml = "name: shop\nmain: src/\nruntime: {name: python, options: {virtualenv: venv}}\n"
    write(tmp_path, Pulumi__yaml=yaml)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "__main__.py").touch()
    assert load(tmp_path).python is None
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").touch()

    project = load(tmp_path)
    assert project.entry == tmp_path / "src" / "__main__.py"
    assert project.python == tmp_path / "venv" / "bin" / "python"


@pytest.mark.parametrize(
    ("yaml", "error"),
    [
        ("runtime: python", "has no name"),
        ("name: shop\nruntime: nodejs", "Allowed: python"),
        ("name: shop\nruntime: python\nmain: src/", "does not exist"),
        ("name: [", "is not YAML"),
        ("- a", "not a mapping"),
    ],
)
def test_a_project_that_cannot_run_is_refused(
    tmp_path: pathlib.Path, yaml: str, error: str
) -> None:
    write(tmp_path, Pulumi__yaml=yaml)
    with pytest.raises(ProjectError, match=error):
        load(tmp_path)


def test_a_folder_without_a_project_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ProjectError, match=r"no Pulumi\.yaml in .*--project"):
        load(tmp_path)


def test_a_configuration_is_defaults_then_settings_then_overrides(
    tmp_path: pathlib.Path,
) -> None:
    declared = (
        "config:\n"
        "  size: {type: integer, default: 3}\n"
        "  zones: {type: array, default: [a]}\n"
        "  aws:region: us-east-1\n"
    )
    own = "config:\n  shop:zones: [b, c]\n  enabled: true\n"
    project = load(write(tmp_path, Pulumi__yaml=YAML + declared, Pulumi__dev__yaml=own))

    assert configuration(project, "dev", {"shop:size": "9"}).values == {
        "aws:region": "us-east-1",
        "shop:enabled": "true",
        "shop:size": "9",
        "shop:zones": '["b", "c"]',
    }


def test_an_encrypted_value_is_a_secret_symbol(tmp_path: pathlib.Path) -> None:
    own = (
        "config:\n"
        "  shop:token: {secure: v1:abc}\n"
        "  shop:mail: {user: me, password: {secure: v1:def}}\n"
    )
    project = load(write(tmp_path, Pulumi__yaml=YAML, Pulumi__dev__yaml=own))

    configured = configuration(project, "dev", {})
    assert configured.secrets == {"shop:token", "shop:mail"}
    assert configured.values["shop:token"] == "${secret shop:token}"
    assert (
        configured.values["shop:mail"]
        == '{"password": "${secret shop:mail.password}", "user": "me"}'
    )


def test_a_required_value_that_the_stack_lacks_is_refused(tmp_path: pathlib.Path) -> None:
    yaml = YAML + "config:\n  size: {type: integer}\n  token: {type: string, secret: true}\n"
    project = load(write(tmp_path, Pulumi__yaml=yaml, Pulumi__dev__yaml=""))

    with pytest.raises(ProjectError, match=r"shop:size, shop:token.*Pulumi\.dev\.yaml"):
        configuration(project, "dev", {})
    assert (
        configuration(project, "dev", {"shop:size": "1", "shop:token": "t"}).values["shop:size"]
        == "1"
    )


def test_a_stack_without_a_file_is_refused_with_the_existing_ones(tmp_path: pathlib.Path) -> None:
    project = load(write(tmp_path, Pulumi__yaml=YAML, Pulumi__prod__yaml=""))
    with pytest.raises(ProjectError, match=r'The stacks here: prod\. Fix: did you mean "prod"'):
        configuration(project, "prd", {})


def test_a_project_without_any_stack_file_has_its_defaults_in_every_stack(
    tmp_path: pathlib.Path,
) -> None:
    project = load(
        write(tmp_path, Pulumi__yaml=YAML + "config:\n  size: {type: integer, default: 3}\n")
    )
    assert configuration(project, "anything", {}).values == {"shop:size": "3"}


def test_a_configuration_that_is_no_mapping_is_refused(tmp_path: pathlib.Path) -> None:
    write(tmp_path, Pulumi__yaml=YAML, Pulumi__dev__yaml="config: [1]\n")
    with pytest.raises(ProjectError, match=r"config of Pulumi\.dev\.yaml is no mapping"):
        configuration(load(tmp_path), "dev", {})


PROGRAM = """
import shared
import pulumi_aws as aws
aws.sqs.Queue("q")
shared.fail()
"""


@pytest.fixture
def shared_program(tmp_path: pathlib.Path) -> pathlib.Path:
    """The folder of a project whose program is outside of it."""
    root, program = tmp_path / "live" / "shop", tmp_path / "infra"
    root.mkdir(parents=True)
    program.mkdir()
    write(root, Pulumi__yaml=f"{YAML}main: ../../infra/\n", Pulumi__dev__yaml="")
    (root / "__main__.py").unlink()
    (program / "__main__.py").write_text(PROGRAM)
    (program / "shared.py").write_text("def fail(): pass\n")
    return root


def test_a_program_outside_of_the_project_has_relative_sources(
    shared_program: pathlib.Path,
) -> None:
    result = preview(Request(shared_program, "dev"))
    assert result.message == ""
    assert result.manifest is not None
    (queue,) = result.manifest
    assert queue.source == "../../infra/__main__.py:4"


def test_an_error_in_a_program_outside_of_the_project_has_relative_frames(
    shared_program: pathlib.Path,
) -> None:
    shared = shared_program.parents[1] / "infra" / "shared.py"
    shared.write_text("def fail():\n    raise LookupError('no such thing')\n")
    result = preview(Request(shared_program, "dev"))
    assert result.message == "LookupError: no such thing"
    assert result.frames == (
        "../../infra/__main__.py:5 in <module>: shared.fail()",
        "../../infra/shared.py:2 in fail: raise LookupError('no such thing')",
    )


@pytest.mark.parametrize("stack", ["mlflow.dev", "v1.2", "a.b.c", "dev"])
def test_a_stacks_name_can_have_dots(tmp_path: pathlib.Path, stack: str) -> None:
    write(tmp_path, Pulumi__yaml=YAML)
    (tmp_path / f"Pulumi.{stack}.yaml").write_text("config: {size: 7}\n")
    project = load(tmp_path)
    assert project.stacks == [stack]
    assert configuration(project, stack, {}).values == {"shop:size": "7"}
    result = preview(Request(tmp_path, stack))
    assert result.message == ""
    assert result.manifest is not None
    assert result.manifest.stack == stack


@pytest.mark.parametrize("key", ["stackConfigDir", "config"])
def test_the_stacks_files_can_have_a_folder_of_their_own(tmp_path: pathlib.Path, key: str) -> None:
    write(tmp_path, Pulumi__yaml=f"{YAML}{key}: stacks/\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text("config: {size: 7}\n")
    project = load(tmp_path)
    assert project.stacks == ["dev"]
    assert configuration(project, "dev", {}).values == {"shop:size": "7"}
