"""Accepted findings through the command line, for a project that is not ours."""

import json
import pathlib

import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main

pytestmark = pytest.mark.usefixtures("forked")

PROGRAM = """
import pulumi_aws as aws
aws.s3.Bucket("data")
"""
SETTINGS = """\
config:
  aws:region: us-east-1
  groundplan:acceptedFindings:
    - rule: bucket-public-access-blocked
      resource: data
      reason: the account blocks public access
      owner: ml-platform
      expires: "{expires}"
"""


@pytest.fixture
def shop(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def run(shop: pathlib.Path, expires: str, *arguments: str) -> Result:
    (shop / "Pulumi.dev.yaml").write_text(SETTINGS.format(expires=expires))
    command = ["preview", "-p", str(shop), "-s", "dev", "--today", "2026-11-28", *arguments]
    return CliRunner().invoke(main, command)


def test_a_gate_does_not_count_what_is_accepted_until_it_expires(shop: pathlib.Path) -> None:
    passed = run(shop, "2026-11-28", "--fail-on", "policy:high")
    assert passed.exit_code == 0, passed.output
    assert "Accepted until 2026-11-28: bucket-public-access-blocked of data" in passed.stdout
    failed = run(shop, "2026-11-27", "--fail-on", "policy:high")
    assert failed.exit_code == 3
    assert "EXPIRED on 2026-11-27" in failed.stdout


def test_all_mistakes_are_one_error_before_the_program_runs(shop: pathlib.Path) -> None:
    (shop / "__main__.py").write_text("raise AssertionError('the program ran')\n")
    (shop / "accepted.dev.yaml").write_text("acceptedFindings: [{risk: dataloss}]\n")
    failed = run(shop, "2030-01-01", "--json")
    assert failed.exit_code == 1
    message = json.loads(failed.stderr.splitlines()[-1])["error"]["message"]
    assert "Pulumi.dev.yaml:8: groundplan:acceptedFindings[0].expires is " in message
    assert "accepted.dev.yaml:1: acceptedFindings[0].risk is " in message
    assert "the program ran" not in message


def test_a_date_that_is_none_is_refused(shop: pathlib.Path) -> None:
    command = ["preview", "-p", str(shop), "--today", "28.11.2026"]
    assert CliRunner().invoke(main, command).exit_code == 2
