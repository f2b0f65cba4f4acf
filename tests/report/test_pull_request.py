"""A pull request, end to end: a repository of the test's own, a change, and what the
preview says of it."""

import json
import pathlib
import subprocess
from typing import Any

import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main

pytestmark = pytest.mark.usefixtures("forked")

PROGRAM = """
import json
import pulumi, pulumi_aws as aws

config = pulumi.Config()

class Data(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("shop:index:Data", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.bucket = aws.s3.Bucket(f"{name}-bucket", force_destroy=True, opts=child)
        aws.s3.BucketPublicAccessBlock(f"{name}-block", bucket=self.bucket.bucket,
            block_public_acls=True, block_public_policy=True, ignore_public_acls=True,
            restrict_public_buckets=True, opts=child)
        self.register_outputs({})

data = Data("data")
trust = {"Sid": "Trust", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
         "Action": "sts:AssumeRole"}
role = aws.iam.Role("reader", assume_role_policy=json.dumps(
    {"Version": "2012-10-17", "Statement": [trust]}))
read = {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"],
        "Resource": pulumi.Output.concat(data.bucket.arn, "/*")}
aws.iam.RolePolicy("reading", role=role.name, policy=pulumi.Output.json_dumps(
    {"Version": "2012-10-17", "Statement": [read]}))
for name, size in config.require_object("pools").items():
    aws.autoscaling.Group(f"{name}-pool", min_size=0, max_size=size, launch_configuration="lc",
        availability_zones=["us-east-1a"])
"""


def git(folder: pathlib.Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config:\n  aws:region: us-east-1\n  shop:pools: {gpu: 2}\n"
    )
    (tmp_path / "Pulumi.prod.yaml").write_text(
        "config:\n  aws:region: us-east-1\n  shop:pools: {gpu: 8}\n"
    )
    (tmp_path / "__main__.py").write_text(PROGRAM)
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    return tmp_path


def change(shop: pathlib.Path, old: str, new: str, file: str = "__main__.py") -> None:
    text = (shop / file).read_text()
    assert old in text
    (shop / file).write_text(text.replace(old, new))


def run(shop: pathlib.Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        main, ["preview", "--project", str(shop), "--base", "main", *arguments]
    )


def report(shop: pathlib.Path, stack: str = "dev") -> dict[str, Any]:
    result = run(shop, "--stack", stack, "--json")
    assert result.exit_code == 0, result.output
    (only,) = json.loads(result.stdout)["reports"]
    return dict(only)


def changed(report: dict[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["kind"] for entry in report["changes"]["changes"]}


def risks(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(risk["kind"], risk["level"]) for risk in report["risks"]]


def test_no_changes_are_one_line(shop: pathlib.Path) -> None:
    result = run(shop, "--stack", "dev")
    assert result.exit_code == 0
    assert len(result.stdout.strip().splitlines()) == 1
    assert "no changes" in result.stdout.lower()


def test_a_changed_setting_updates_its_resource(shop: pathlib.Path) -> None:
    change(shop, "{gpu: 2}", "{gpu: 5}", "Pulumi.dev.yaml")
    rendered = report(shop)
    assert changed(rendered) == {"gpu-pool": "update"}
    (only,) = rendered["changes"]["changes"]
    assert [(p["path"], p["old"], p["new"]) for p in only["properties"]] == [("maxSize", 2, 5)]
    assert changed(report(shop, "prod")) == {}


def test_a_pool_that_is_added_is_created(shop: pathlib.Path) -> None:
    change(shop, "{gpu: 2}", "{gpu: 2, cpu: 1}", "Pulumi.dev.yaml")
    rendered = report(shop)
    assert changed(rendered) == {"cpu-pool": "create"}
    assert risks(rendered) == []


def test_a_bucket_that_is_dropped_is_data_lost(shop: pathlib.Path) -> None:
    change(shop, 'data = Data("data")', 'data = aws.sqs.Queue("other"); data.bucket = data')
    rendered = report(shop)
    assert changed(rendered)["data-bucket"] == "delete"
    assert ("data-loss", "high") in risks(rendered)
    assert any("data-bucket" in risk["words"] for risk in rendered["risks"])


def test_a_component_that_is_renamed_with_an_alias_is_no_replacement(shop: pathlib.Path) -> None:
    change(
        shop,
        'Data("data")',
        'Data("lake", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="data")]))',
    )
    rendered = report(shop)
    kinds = changed(rendered)
    assert {kinds[name] for name in ("lake", "lake-bucket", "lake-block")} == {"rename"}
    assert not {"create", "delete", "replace"} & set(kinds.values())
    assert risks(rendered) == []


def test_a_component_that_is_renamed_without_one_loses_its_data(shop: pathlib.Path) -> None:
    change(shop, 'Data("data")', 'Data("lake")')
    rendered = report(shop)
    assert (changed(rendered)["data-bucket"], changed(rendered)["lake-bucket"]) == (
        "delete",
        "create",
    )
    assert ("data-loss", "high") in risks(rendered)


def test_a_widened_policy_names_the_added_permissions(shop: pathlib.Path) -> None:
    change(shop, '["s3:GetObject"]', '["s3:GetObject", "s3:DeleteObject"]')
    rendered = report(shop)
    assert changed(rendered) == {"reading": "update"}
    assert [kind for kind, _ in risks(rendered)] == ["access"]
    assert "s3:DeleteObject" in json.dumps(rendered["risks"])


def test_every_stack_is_compared_and_written_for_the_pull_request(
    shop: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    change(shop, "block_public_policy=True", "block_public_policy=False")
    files = {name: tmp_path / f"out.{name}" for name in ("markdown", "html", "sarif", "junit")}
    result = run(
        shop, "--all", *[word for name, file in files.items() for word in (f"--{name}", str(file))]
    )
    assert result.exit_code == 0, result.output

    comment = files["markdown"].read_text()
    assert comment.startswith("<!-- groundplan-preview -->")
    assert "dev" in comment
    assert "prod" in comment
    assert "blockPublicPolicy" in comment
    assert len(comment) <= 60_000
    assert "<html" in files["html"].read_text()
    assert json.loads(files["sarif"].read_text())["version"] == "2.1.0"
    assert files["junit"].read_text().startswith("<?xml")


def test_a_failed_gate_exits_with_3_and_names_its_reason(shop: pathlib.Path) -> None:
    change(shop, 'data = Data("data")', 'data = aws.sqs.Queue("other"); data.bucket = data')
    result = run(shop, "--stack", "dev", "--fail-on", "risk:high")
    assert result.exit_code == 3
    assert "shop/dev fails on risk: " in result.stderr
    assert run(shop, "--stack", "dev", "--fail-on", "cost>100000").exit_code == 0
    assert run(shop, "--stack", "dev", "--fail-on", "nonsense").exit_code == 2


def test_a_base_that_does_not_exist_is_an_error(shop: pathlib.Path) -> None:
    result = CliRunner().invoke(
        main, ["preview", "-p", str(shop), "-s", "dev", "--base", "origin/nowhere"]
    )
    assert result.exit_code == 1
    assert "origin/nowhere" in result.stderr


def test_a_program_that_fails_in_one_stack_is_reported_and_the_other_is_shown(
    shop: pathlib.Path,
) -> None:
    change(shop, "{gpu: 8}", "nothing", "Pulumi.prod.yaml")
    result = run(shop, "--all")
    assert result.exit_code == 1
    assert "shop/prod could not be previewed" in result.stderr
    assert "shop/dev" in result.stdout


def test_a_saved_manifest_is_a_base_too(shop: pathlib.Path, tmp_path: pathlib.Path) -> None:
    saved = tmp_path / "plan.json"
    assert (
        CliRunner()
        .invoke(main, ["preview", "-p", str(shop), "-s", "dev", "--out", str(saved)])
        .exit_code
        == 0
    )
    change(shop, "{gpu: 2}", "{gpu: 3}", "Pulumi.dev.yaml")
    result = CliRunner().invoke(
        main, ["preview", "-p", str(shop), "-s", "dev", "--base", str(saved), "--json"]
    )
    (only,) = json.loads(result.stdout)["reports"]
    assert changed(only) == {"gpu-pool": "update"}
