"""`groundplan prove`: what it prints, its exit codes, its error without a solver."""

import json
import pathlib
import sys

import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main
from isolation_plans import Data, allow, faulty, isolated, named, role

PROGRAM = """
import pulumi_aws as aws
aws.sqs.Queue("q")
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["prove", *arguments])


def write(folder: pathlib.Path, data: Data) -> str:
    file = folder / "plan.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    return str(file)


def test_a_plan_that_is_isolated_exits_with_0(tmp_path: pathlib.Path) -> None:
    result = run("--manifest", write(tmp_path, isolated()))
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("groundplan/rich-sagemaker: every team is isolated. ")
    assert "Teams: forecasting, research, training." in result.stdout
    assert "Assumed:" in result.stdout


def test_a_refuted_claim_is_printed_with_its_counterexample(tmp_path: pathlib.Path) -> None:
    result = run("--manifest", write(tmp_path, faulty()))
    assert result.exit_code == 1
    assert (
        "REFUTED: research mounts no directory that forecasting writes, and writes none it mounts\n"
        "  principal    pods of namespace research\n"
        "  action       read and write\n"
        "  resource     Lustre ${scratch-file-system.id}:/\n"
        "  allowed by   PersistentVolume, read-write of training-scratch-research-scratch-volume "
        "infra/registration.py:31\n"
    ) in result.stdout
    assert "every team is isolated" not in result.stdout


def test_a_plan_that_is_not_decided_exits_with_3(tmp_path: pathlib.Path) -> None:
    data = isolated()
    named(data, f"{role('research')}-policy")["inputs"]["policy"] = "${policies.json}"
    result = run("--manifest", write(tmp_path, data))
    assert result.exit_code == 3
    assert "NOT DECIDED: research" in result.stdout
    assert "  because      the plan doesn't have the policy of" in result.stdout


def test_every_claim_is_printed_on_request(tmp_path: pathlib.Path) -> None:
    file = write(tmp_path, isolated())
    claim = "proved: research neither reads nor writes teams/forecasting/ of artifacts-bucket"
    assert claim not in run("--manifest", file).stdout
    assert claim in run("--manifest", file, "--every-claim").stdout


def test_json_is_printed_and_nothing_else(tmp_path: pathlib.Path) -> None:
    data = isolated()
    allow(data, "research", Action="s3:GetObject", Resource="*")
    result = run("--manifest", write(tmp_path, data), "--json")
    assert result.exit_code == 1
    proof = json.loads(result.stdout)
    assert proof["verdict"] == "refuted"
    assert proof["claims"]["refuted"] == len(
        [r for r in proof["results"] if r["verdict"] == "refuted"]
    )
    found = next(r for r in proof["results"] if "teams/forecasting/" in r["claim"])
    assert found["counterexample"]["statement"] == "statement Planted"
    assert found["counterexample"]["source"] == "infra/registration.py:23"


def test_names_of_a_plan_are_printed_as_they_are_and_control_nothing(
    tmp_path: pathlib.Path,
) -> None:
    data = isolated()
    allow(data, "research", Sid="[/red]\x1b[31mX", Action="s3:GetObject", Resource="*")
    result = run("--manifest", write(tmp_path, data))
    assert result.exit_code == 1, result.output
    assert "statement [/red]" in result.stdout
    assert "\x1b" not in result.stdout


def test_teams_can_be_named(tmp_path: pathlib.Path) -> None:
    file = write(tmp_path, isolated())
    result = run("--manifest", file, "--team", "research", "--team", "jobs=training")
    assert "Teams: jobs, research." in result.stdout
    assert run("--manifest", file, "--team", "x=").exit_code == 2


def test_a_program_is_run_offline(tmp_path: pathlib.Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    result = run("dev", "--project", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert result.stdout == "shop/dev: nothing to prove, as it has no teams.\n"
    (tmp_path / "__main__.py").write_text("raise ValueError('no such pool')\n")
    failed = run("dev", "--project", str(tmp_path))
    assert failed.exit_code == 4
    assert "nothing is proved" in failed.stderr
    assert "no such pool" in failed.stderr


def test_what_is_no_manifest_is_an_error(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "other.json"
    file.write_text("[]")
    result = run("--manifest", str(file))
    assert result.exit_code == 4
    assert "is not a manifest. Fix: groundplan preview" in result.stderr
    assert run("--manifest", str(tmp_path / "none.json")).exit_code == 2


def test_without_the_solver_one_error_names_the_fix(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    result = run("--manifest", write(tmp_path, isolated()))
    assert result.exit_code == 4
    assert result.stdout == ""
    assert result.stderr == (
        "groundplan: the proof needs the solver z3, which is not installed. "
        "Fix: pip install 'groundplan[prove]'\n"
    )
