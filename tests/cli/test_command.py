import json
import pathlib

import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main

PROGRAM = """
import pulumi, pulumi_aws as aws
print("the program prints")
size = pulumi.Config().get_int("size") or 1
for i in range(size):
    aws.sqs.Queue(f"q{i}", policy=pulumi.Output.json_dumps({"long": "x" * 100}), opts=pulumi.ResourceOptions(protect=True))
pulumi.export("size", size)
"""


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {aws:region: eu-west-1, size: 2}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def run(project: pathlib.Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["preview", "--project", str(project), *arguments])


def test_the_tree_shows_components_resources_inputs_and_outputs(project: pathlib.Path) -> None:
    result = run(project)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("shop/dev: 2 resources in 0 components (providers: aws ")
    assert "├─ q0 aws Queue protected  policy=(JSON, 112 characters)" in result.stdout
    assert "└─ q1 aws Queue" in result.stdout
    assert result.stdout.rstrip().endswith("size: 2")
    assert "the program prints" not in result.stdout


def test_every_input_is_shown_whole_when_asked_for(project: pathlib.Path) -> None:
    result = run(project, "--inputs")
    assert f'      policy={{"long": "{"x" * 100}"}}\n' in result.stdout


def test_json_is_the_manifest_and_nothing_else(project: pathlib.Path) -> None:
    result = run(project, "--json", "--out", str(project / "plan.json"), "-c", "size=3")
    manifest = json.loads(result.stdout)
    assert [resource["name"] for resource in manifest["resources"]] == ["q0", "q1", "q2"]
    assert (project / "plan.json").read_text() == result.stdout


def test_the_same_program_gives_the_same_bytes_in_another_folder(
    project: pathlib.Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("elsewhere") / "with a longer name"
    other.mkdir()
    for file in project.glob("*.*"):
        (other / file.name).write_text(file.read_text())
    assert run(project, "--json").stdout == run(other, "--json").stdout != ""


def test_a_program_that_fails_says_why_and_where_and_what_was_there(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text(PROGRAM + "\nraise LookupError('no such thing')\n")
    result = run(project)
    assert result.exit_code == 1
    assert "LookupError: no such thing" in result.stderr
    assert "  at __main__.py:9 in <module>: raise LookupError('no such thing')" in result.stderr
    assert "2 resources had been registered until then" in result.stderr
    assert "q1 aws Queue" in result.stdout
    assert "Traceback" not in result.output


def test_a_users_mistake_has_no_frames(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text("import pulumi\npulumi.Config().require('missing')\n")
    result = run(project)
    assert result.exit_code == 1
    assert "Missing required configuration variable 'shop:missing'" in result.stderr
    assert " at " not in result.stderr.split("\n", 1)[1].replace(
        "set a value using the command", ""
    )


def test_a_program_that_ends_its_process_is_told(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text("import os\nos._exit(7)\n")
    result = run(project)
    assert result.exit_code == 1
    assert "exit code 7" in result.stderr


def test_answers_stand_in_for_the_cloud(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text(
        "import pulumi, pulumi_aws as aws\npulumi.export('v', aws.ec2.get_vpc(default=True).id)\n"
    )
    assert "v: ${getVpc(default=true).id}" in run(project).stdout
    (project / "answers.yaml").write_text("aws:ec2/getVpc:getVpc: {id: vpc-7}\n")
    assert "v: vpc-7" in run(project, "--answers", str(project / "answers.yaml")).stdout
    (project / "answers.yaml").write_text("- no\n")
    assert (
        "does not map invoke tokens"
        in run(project, "--answers", str(project / "answers.yaml")).stderr
    )


def test_misuse_of_the_command_is_exit_code_2(project: pathlib.Path) -> None:
    result = run(project, "--config", "size")
    assert result.exit_code == 2
    assert "expected KEY=VALUE" in result.stderr


def test_a_missing_stack_is_exit_code_1(project: pathlib.Path) -> None:
    result = run(project, "--stack", "devv")
    assert result.exit_code == 1
    assert 'did you mean "dev"' in result.stderr
