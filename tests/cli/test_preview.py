"""`groundplan preview`: its options, what it prints and writes, and its exit codes."""

import json
import pathlib

import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main

pytestmark = pytest.mark.usefixtures("forked")

PROGRAM = """
import pulumi, pulumi_aws as aws
print("the program prints")
size = pulumi.Config().get_int("size") or 1
document = pulumi.Output.json_dumps({"long": "x" * 100})
for i in range(size):
    aws.sqs.Queue(f"q{i}", policy=document, opts=pulumi.ResourceOptions(protect=True))
pulumi.export("size", size)
pulumi.export("region", pulumi.Config("aws").get("region"))
"""


@pytest.fixture
def project(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.delenv("GROUNDPLAN_STACK", raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {aws:region: eu-west-1, size: 2}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


@pytest.fixture
def two_stacks(project: pathlib.Path) -> pathlib.Path:
    (project / "Pulumi.prod.yaml").write_text("config: {size: 3}\n")
    return project


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


def test_inputs_are_shown_in_full_on_request(project: pathlib.Path) -> None:
    line = f'      policy={{"long": "{"x" * 100}"}}\n'
    assert line in run(project, "--inputs").stdout
    assert line not in run(project).stdout


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


def test_a_failing_program_reports_its_error_its_line_and_its_resources(
    project: pathlib.Path,
) -> None:
    (project / "__main__.py").write_text(PROGRAM + "\nraise LookupError('no such thing')\n")
    result = run(project)
    assert result.exit_code == 1
    assert "groundplan: shop/dev could not be previewed." in result.stderr
    assert "LookupError: no such thing" in result.stderr
    assert "  at __main__.py:11 in <module>: raise LookupError('no such thing')" in result.stderr
    assert "2 resources had been registered until then" in result.stderr
    assert "q1 aws Queue" in result.stdout
    assert "Traceback" not in result.output


def test_an_error_of_the_user_has_no_frames(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text("import pulumi\npulumi.Config().require('missing')\n")
    result = run(project)
    assert result.exit_code == 1
    assert "Missing required configuration variable 'shop:missing'" in result.stderr
    assert " at " not in result.stderr.split("\n", 1)[1].replace(
        "set a value using the command", ""
    )


def test_a_program_that_ends_its_process_is_an_error(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text("import os\nos._exit(7)\n")
    result = run(project, "--json", "--out", str(project / "plan.json"))
    assert result.exit_code == 1
    assert "exit code 7" in result.stderr
    assert result.stdout == ""
    assert not (project / "plan.json").exists()


def test_the_manifest_of_a_failing_program_is_written_as_far_as_it_goes(
    project: pathlib.Path,
) -> None:
    (project / "__main__.py").write_text(PROGRAM + "\nraise LookupError('no such thing')\n")
    result = run(project, "--json", "--out", str(project / "plan.json"))
    assert result.exit_code == 1
    assert len(json.loads((project / "plan.json").read_text())["resources"]) == 2
    assert (project / "plan.json").read_text() == result.stdout


# --answers


def test_answers_replace_what_the_cloud_would_return(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text(
        "import pulumi, pulumi_aws as aws\npulumi.export('v', aws.ec2.get_vpc(default=True).id)\n"
    )
    assert "v: ${getVpc(default=true).id}" in run(project).stdout
    (project / "answers.yaml").write_text("aws:ec2/getVpc:getVpc: {id: vpc-7}\n")
    assert "v: vpc-7" in run(project, "--answers", str(project / "answers.yaml")).stdout


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"- no\n", "does not map invoke tokens to results. Expected: {"),
        (b"aws:ec2/getVpc:getVpc: vpc-7\n", "does not map invoke tokens to results"),
        (b"{a: [\n", "is neither JSON nor YAML"),
        (b"\xff\xfe\x00", "is neither JSON nor YAML"),
    ],
)
def test_answers_that_map_no_tokens_are_refused(
    project: pathlib.Path, content: bytes, error: str
) -> None:
    file = project / "answers.yaml"
    file.write_bytes(content)
    result = run(project, "--answers", str(file))
    assert result.exit_code == 1
    assert error in result.stderr
    assert str(file) in result.stderr
    assert "Traceback" not in result.output


def test_an_answers_file_that_does_not_exist_is_a_usage_error(project: pathlib.Path) -> None:
    result = run(project, "--answers", str(project / "none.yaml"))
    assert result.exit_code == 2
    assert "none.yaml" in result.stderr


# --config


@pytest.mark.parametrize("text", ["size", "=3", "="])
def test_a_configuration_value_without_key_or_value_is_a_usage_error(
    project: pathlib.Path, text: str
) -> None:
    result = run(project, "--config", text)
    assert result.exit_code == 2
    assert f"--config {text}: expected KEY=VALUE, such as aws:region=eu-west-1" in result.stderr


def test_configuration_values_override_the_stacks(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text(
        "import pulumi\n"
        "for namespace, key in (('shop', 'size'), ('shop', 'query'), ('aws', 'region')):\n"
        "    pulumi.export(f'{namespace}-{key}', pulumi.Config(namespace).get(key))\n"
    )
    overrides = ("-c", "size=5", "--config", "shop:query=a=b", "-c", "aws:region=us-west-2")
    manifest = json.loads(run(project, "--json", *overrides).stdout)
    assert manifest["outputs"] == {
        "shop-size": "5",
        "shop-query": "a=b",
        "aws-region": "us-west-2",
    }


def test_an_override_may_be_empty(project: pathlib.Path) -> None:
    manifest = json.loads(run(project, "--json", "-c", "aws:region=", "-c", "size=1").stdout)
    assert manifest["outputs"] == {"region": "", "size": 1}


# --stack and --all


def test_all_and_stack_exclude_each_other(two_stacks: pathlib.Path) -> None:
    result = run(two_stacks, "--all", "--stack", "dev")
    assert result.exit_code == 2
    assert "--all and --stack exclude each other" in result.stderr
    assert result.stdout == ""


def test_all_previews_every_stack(two_stacks: pathlib.Path) -> None:
    result = run(two_stacks, "--all")
    assert result.exit_code == 0, result.output
    assert "shop/dev: 2 resources" in result.stdout
    assert "shop/prod: 3 resources" in result.stdout


def test_json_of_all_stacks_is_a_report_of_each(two_stacks: pathlib.Path) -> None:
    data = json.loads(run(two_stacks, "--all", "--json").stdout)
    assert [report["stack"] for report in data["reports"]] == ["dev", "prod"]


def test_all_overrides_the_stack_of_the_environment(
    two_stacks: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDPLAN_STACK", "prod")
    result = run(two_stacks, "--all")
    assert result.exit_code == 0, result.output
    assert "shop/dev: 2 resources" in result.stdout


def test_all_without_a_settings_file_is_an_error(project: pathlib.Path) -> None:
    (project / "Pulumi.dev.yaml").unlink()
    for arguments in ((), ("--json",), ("--base", "HEAD")):
        result = run(project, "--all", *arguments)
        assert result.exit_code == 1
        assert "there is no Pulumi.<stack>.yaml" in result.stderr
        assert "--stack" in result.stderr
        assert result.stdout == ""


@pytest.mark.parametrize("option", ["-s", "--stack"])
def test_a_stack_is_chosen_by_name(two_stacks: pathlib.Path, option: str) -> None:
    assert run(two_stacks, option, "prod").stdout.startswith("shop/prod: 3 resources")


def test_a_stack_is_chosen_by_the_environment_unless_an_option_names_another(
    two_stacks: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDPLAN_STACK", "prod")
    assert run(two_stacks).stdout.startswith("shop/prod: 3 resources")
    assert run(two_stacks, "--stack", "dev").stdout.startswith("shop/dev: 2 resources")


def test_the_default_stack_is_the_only_one_or_dev(project: pathlib.Path) -> None:
    (project / "Pulumi.dev.yaml").rename(project / "Pulumi.prod.yaml")
    assert run(project).stdout.startswith("shop/prod: ")
    (project / "Pulumi.dev.yaml").write_text("")
    assert run(project).stdout.startswith("shop/dev: ")
    (project / "Pulumi.dev.yaml").rename(project / "Pulumi.test.yaml")
    result = run(project)
    assert result.exit_code == 1
    assert "Pulumi.dev.yaml. The stacks here: prod, test." in result.stderr


def test_a_stack_that_does_not_exist_is_an_error_with_a_suggestion(project: pathlib.Path) -> None:
    result = run(project, "--stack", "devv")
    assert result.exit_code == 1
    assert 'did you mean "dev"' in result.stderr


# --project


def test_the_project_is_the_current_folder_by_default(
    project: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    assert CliRunner().invoke(main, ["preview"]).stdout.startswith("shop/dev: ")


def test_a_folder_without_a_project_is_an_error(tmp_path: pathlib.Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "groundplan: no Pulumi.yaml in" in result.stderr


@pytest.mark.parametrize("name", ["none", "Pulumi.yaml"])
def test_a_project_that_is_no_folder_is_a_usage_error(project: pathlib.Path, name: str) -> None:
    assert run(project / name).exit_code == 2


# Files


def test_the_manifest_of_several_stacks_is_not_written(two_stacks: pathlib.Path) -> None:
    result = run(two_stacks, "--all", "--out", str(two_stacks / "plan.json"))
    assert result.exit_code == 2
    assert "--out writes the manifest of one stack. Fix: name it with --stack" in result.stderr
    assert not (two_stacks / "plan.json").exists()


@pytest.mark.parametrize("name", ["out", "markdown", "html", "sarif", "junit"])
def test_a_file_that_cannot_be_written_is_an_error_with_its_option(
    project: pathlib.Path, name: str
) -> None:
    file = project / "none" / "file"
    result = run(project, f"--{name}", str(file))
    assert result.exit_code == 1
    assert f"groundplan: --{name} {file} can't be written: No such file" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("name", ["out", "markdown", "html", "sarif", "junit"])
def test_a_folder_is_no_file_to_write_to(project: pathlib.Path, name: str) -> None:
    assert run(project, f"--{name}", str(project)).exit_code == 2


# --preflight


def test_the_obstacles_of_a_preflight_are_reported(
    project: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "preflight.json"
    plan = run(project, "--json")
    stack = {key: json.loads(plan.stdout)[key] for key in ("project", "stack")}
    finding = {"name": "data", "need": "a name", "limit": "taken", "fix": "other", "stage": "up"}
    document = {"preflight": 1, **stack, "findings": [finding], "unchecked": []}
    file.write_text(json.dumps(document))
    result = run(project, "--preflight", str(file))
    assert "data, up fails: needs a name; taken. Fix: other" in result.stdout.replace("\n", " ")
    file.write_text(json.dumps({**document, "stack": "another"}))
    refused = run(project, "--preflight", str(file))
    assert refused.exit_code == 1
    assert "which is not previewed" in refused.stderr


# --base and --fail-on


@pytest.mark.parametrize("content", ["[]", "{}", "not json"])
def test_a_base_file_that_is_no_manifest_and_no_state_is_an_error(
    project: pathlib.Path, content: str
) -> None:
    (project / "base.json").write_text(content)
    result = run(project, "--base", str(project / "base.json"))
    assert result.exit_code == 1
    assert "base.json" in result.stderr
    assert "Traceback" not in result.output


def test_a_saved_manifest_is_a_base(project: pathlib.Path) -> None:
    base = project / "base.json"
    assert run(project, "--out", str(base), "-c", "size=1").exit_code == 0
    (report,) = json.loads(run(project, "--base", str(base), "--json").stdout)["reports"]
    assert report["changes"]["counts"]["create"] == 1
    unchanged = run(project, "--base", str(base), "-c", "size=1", "--fail-on", "changes")
    assert unchanged.exit_code == 0, unchanged.output
    changed = run(project, "--base", str(base), "--fail-on", "changes")
    assert changed.exit_code == 3
    assert "shop/dev fails on changes: 1 change" in changed.stderr


def test_one_file_is_no_base_of_several_stacks(two_stacks: pathlib.Path) -> None:
    base = two_stacks / "base.json"
    assert run(two_stacks, "-s", "dev", "--out", str(base)).exit_code == 0
    result = run(two_stacks, "--all", "--base", str(base))
    assert result.exit_code == 1
    assert "--stack" in result.stderr


@pytest.mark.parametrize("gate", ["changes", "risk", "risk:low", "policy,risk:high"])
def test_a_gate_that_compares_needs_a_base(project: pathlib.Path, gate: str) -> None:
    result = run(project, "--fail-on", gate)
    assert result.exit_code == 2
    assert "compares two revisions. Fix: name the other one with --base" in result.stderr


def test_gates_of_one_revision_need_no_base(project: pathlib.Path) -> None:
    at_home = ("-c", "aws:region=us-east-1")
    assert run(project, *at_home, "--fail-on", "policy:critical,cost>500").exit_code == 0
    assert run(project, "--fail-on", "").exit_code == 0
    (project / "__main__.py").write_text("import pulumi_aws as aws\naws.s3.Bucket('open')\n")
    result = run(project, "--fail-on", "policy:low")
    assert result.exit_code == 3
    assert "shop/dev fails on policy: " in result.stderr


@pytest.mark.parametrize("gate", ["danger", "danger:high"])
def test_the_former_name_of_the_risk_gate_is_a_usage_error(
    project: pathlib.Path, gate: str
) -> None:
    result = run(project, "--fail-on", gate)
    assert result.exit_code == 2
    assert f"--fail-on {gate}: the gate is called risk[:high|medium|low]" in result.stderr


def test_a_failed_program_is_exit_code_1_whatever_the_gates(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text(PROGRAM + "\nraise LookupError('no such thing')\n")
    assert run(project, "--fail-on", "policy:low").exit_code == 1


def test_a_preview_without_a_base_says_what_it_knows(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text("import pulumi_aws as aws\naws.s3.Bucket('open')\n")
    lines = run(project).stdout.splitlines()
    (line,) = [text for text in lines if "risks: not compared (--base)" in text]
    assert "policy findings" in line
    assert any(text.startswith("? ") and "Fix: " in text for text in lines)
