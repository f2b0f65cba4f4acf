"""`groundplan utilization`, and the page and the summary of its report."""

import datetime
import json
import pathlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from types import SimpleNamespace

import boto3  # type: ignore[import-untyped]
import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main
from groundplan.operations import utilization_command
from groundplan.operations.utilization import page, summary
from groundplan.operations.utilization.report import document
from moto import mock_aws
from planted_account import NOW, OWN, Series, World

EXPORTS = {
    "artifactBucket": "artifacts",
    "endpoints": {"churn": "ml-prod-churn"},
    "vpcId": "vpc-00000001",
    "region": "us-east-1",
}
Run = Callable[..., Result]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    planted = World()
    planted.bucket_tags = OWN
    monkeypatch.setattr(boto3.session, "Session", lambda: planted)

    clock = SimpleNamespace(UTC=datetime.UTC, datetime=SimpleNamespace(now=lambda _zone: NOW))
    monkeypatch.setattr(utilization_command, "datetime", clock)
    return planted


@pytest.fixture
def run(world: World, tmp_path: pathlib.Path) -> Run:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(EXPORTS))
    assert world

    def ran(*arguments: str) -> Result:
        command = ["utilization", "--outputs", str(file), "--no-cost-explorer", *arguments]
        return CliRunner().invoke(main, command, catch_exceptions=False)

    return ran


def test_a_quiet_environment_exits_with_0(world: World, run: Run) -> None:
    world.add_endpoint("churn")
    result = run()
    assert result.exit_code == 0, result.output
    assert "1 resources, 167.90 USD a month at list prices; 0.00 could be saved" in (
        " ".join(result.stdout.split())
    )


def test_the_table_has_the_setting_and_the_exit_code_is_1(world: World, run: Run) -> None:
    world.add_endpoint("churn", requests=1.0, cpu=Series(1.0))
    result = run()
    assert result.exit_code == 1
    shown = re.sub(r"[\s│]+", "", result.stdout)
    assert "ml-prod-churn" in shown
    assert "instanceCount:2->1" in shown
    assert "83.95" in shown


def test_a_stack_of_production_keeps_two_instances(world: World, run: Run) -> None:
    world.add_endpoint("churn", requests=1.0, cpu=Series(1.0), count=3)

    def setting(*arguments: str) -> str:
        return str(json.loads(run("--json", *arguments).stdout)["findings"][0]["setting"])

    assert setting("acme/ml/prod") == "groundplan:endpoints.churn.instanceCount: 3 -> 2"
    assert setting("dev") == "groundplan:endpoints.churn.instanceCount: 3 -> 1"
    assert setting("prod", "--minimum-instances", "1") == (
        "groundplan:endpoints.churn.instanceCount: 3 -> 1"
    )


def test_volumes_are_those_with_the_buckets_tags_or_the_named_ones(world: World, run: Run) -> None:
    other = [{"Key": "environment", "Value": "dev"}]
    world.add_volume("vol-own", attached=False, ops=None)
    world.add_volume("vol-other", attached=False, ops=None, tags=other)

    def names(*arguments: str) -> list[str]:
        found = json.loads(run("--json", *arguments).stdout)["findings"]
        return sorted(row["name"] for row in found if row["kind"] == "volume")

    assert names() == ["vol-own"]
    assert names("--tag", "environment=dev") == ["vol-other"]
    assert names("--whole-region") == ["vol-other", "vol-own"]


def test_what_is_not_allowed_is_a_sentence(world: World, run: Run) -> None:
    world.denied = {"s3:GetBucketTagging", "sagemaker:DescribeEndpoint"}
    world.add_endpoint("churn")
    result = run()
    assert result.exit_code == 0
    shown = " ".join(result.stdout.split())
    assert "endpoints are not complete: DescribeEndpoint: AccessDenied" in shown
    assert "The environment's tags are not complete: GetBucketTagging: AccessDenied" in shown


def test_misuse_exits_with_2_and_an_empty_region_with_1(world: World, run: Run) -> None:
    assert run("--tag", "nothing").exit_code == 2
    assert run("--days", "3").exit_code == 2
    assert run("--prometheus", "localhost:9090").exit_code == 2
    result = run("--region", "eu-west-1")
    assert result.exit_code == 1
    assert "Nothing of the environment is in this region" in result.stderr
    assert world.calls["s3:PutObject"] == 0


class Loads(HTMLParser):
    """Collects what a page would load, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[tuple[str, str | None]] = []
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [(k, v) for k, v in attrs if k in ("src", "href", "action", "onload")]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(content: bytes) -> Loads:
    parser = Loads()
    parser.feed(content.decode())
    return parser


def test_the_page_loads_nothing_and_has_plots(
    world: World, run: Run, tmp_path: pathlib.Path
) -> None:
    world.add_endpoint("churn", requests=1.0, cpu=Series(1.0))
    file = tmp_path / "report.html"
    assert run("--html", str(file)).exit_code == 1
    parsed = read(file.read_bytes())
    assert parsed.loads == []
    assert "script" not in parsed.tags
    assert parsed.tags.count("svg") == 2
    assert "groundplan:endpoints.churn.instanceCount: 2 -> 1" in parsed.text
    assert run("--html", str(tmp_path / "no" / "report.html")).exit_code == 1


def test_what_a_resource_is_named_is_no_markup() -> None:
    planted = World(checked=False)
    evil = [*OWN, {"Key": "Name", "Value": "<img src=x onerror=alert(1)>\u202e"}]
    planted.add_volume("vol-1", attached=False, ops=None, tags=evil)
    parsed = read(page.page(document(planted.report()), "<b>"))
    assert "img" not in parsed.tags
    assert "b" not in parsed.tags
    assert "\u202e" not in parsed.text


def test_the_summary_is_short_and_names_the_largest_savings() -> None:
    planted = World(checked=False)
    for number in range(30):
        planted.add_volume(f"vol-{number}", attached=False, ops=None, gib=1 + number)
    text = summary.text(document(planted.report()), "ml-prod", "s3://b/report.html")
    assert "30 resources: 30 idle, 0 too large, 0 too small." in text
    assert text.count("\n- ") == summary.MOST
    assert "\n- volume vol-29: idle, saves 2.40 USD a month\n" in text
    assert "... and 20 more" in text
    assert text.endswith("Report: s3://b/report.html")


@mock_aws
def test_it_reads_an_account_of_moto_and_writes_nothing(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    s3, ec2 = boto3.client("s3", "us-east-1"), boto3.client("ec2", "us-east-1")
    s3.create_bucket(Bucket="artifacts")
    s3.put_bucket_tagging(Bucket="artifacts", Tagging={"TagSet": OWN})
    tagged = {"Tags": OWN}
    address = ec2.allocate_address(TagSpecifications=[{"ResourceType": "elastic-ip", **tagged}])
    ec2.create_volume(
        Size=10,
        AvailabilityZone="us-east-1a",
        TagSpecifications=[{"ResourceType": "volume", **tagged}],
    )
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps({"artifactBucket": "artifacts", "region": "us-east-1"}))

    result = CliRunner().invoke(main, ["utilization", "-o", str(file), "--json"])

    assert result.exit_code == 1, result.output
    found = {row["name"]: row["verdict"] for row in json.loads(result.stdout)["findings"]}
    assert found.pop(address["PublicIp"]) == "idle"
    assert list(found.values()) == ["not enough data"]
    assert s3.list_objects_v2(Bucket="artifacts")["KeyCount"] == 0
