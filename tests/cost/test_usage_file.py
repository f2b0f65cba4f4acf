"""The usage file beside a stack's settings, and the scenarios of its costs."""

import json
import pathlib

import pytest
from click.testing import CliRunner
from groundplan.cli import main
from groundplan.cost.assumptions import Assumptions
from groundplan.cost.estimate import estimate
from groundplan.cost.usage_file import LARGEST, UsageError, load
from groundplan.facts.prices import regions
from groundplan.manifest.model import Manifest, Resource

pytestmark = pytest.mark.usefixtures("forked")

EXAMPLE = """
natGb: 500
workingHours: 100
resources:
  data: {bucketGb: 2000, bucketReads: 5_000_000}
  training-gpu-nodes: {workingNodes: 2}
  db: {usdAMonth: 40}
"""


def write(folder: pathlib.Path, text: str) -> pathlib.Path:
    (folder / "usage.dev.yaml").write_text(text, encoding="utf-8")
    return folder


def problems(folder: pathlib.Path, text: str) -> str:
    with pytest.raises(UsageError) as error:
        load(write(folder, text), "dev")
    return str(error.value)


def test_a_stack_without_a_usage_file_has_the_defaults(tmp_path: pathlib.Path) -> None:
    usage = load(tmp_path, "dev")
    assert (usage.assumptions, usage.file) == (Assumptions(), "")
    assert load(write(tmp_path, "# nothing\n"), "dev").assumptions == Assumptions()


def test_quantities_are_of_the_stack_or_of_one_resource(tmp_path: pathlib.Path) -> None:
    usage = load(write(tmp_path, EXAMPLE), "dev")
    found = usage.assumptions
    assert usage.file == "usage.dev.yaml"
    assert (found.nat_gb, found.working_hours) == (500, 100)
    assert found.of("bucket_gb", "data") == 2000
    assert found.of("bucket_gb", "other") == 100
    assert found.fixed_cost("db") == 40


def test_all_problems_are_named_with_file_key_allowed_and_fix(tmp_path: pathlib.Path) -> None:
    text = problems(
        tmp_path,
        """
natGB: 500
logGb: "20 GB"
usdAMonth: 3
keyRequests: -1
functionSeconds: true
resources:
  data: {bucketGbs: 1}
  queue: 7
""",
    )
    lines = text.splitlines()
    assert lines[0] == "usage.dev.yaml has invalid usage: 7 problems."
    assert "natGB is unknown. Allowed: bucketGb, " in lines[1]
    assert lines[1].endswith("Fix: did you mean natGb")
    assert lines[2] == (
        "  - logGb is '20 GB'. Allowed: a number of at least 0. Fix: write 20, without quotes "
        "and unit"
    )
    assert "usdAMonth is unknown" in lines[3]
    assert "keyRequests is -1. Allowed: a number of at least 0" in lines[4]
    assert "functionSeconds is True" in lines[5]
    assert "resources.data.bucketGbs is unknown" in lines[6]
    assert "did you mean bucketGb" in lines[6]
    assert "resources.queue is 7. Allowed: keys with numbers" in lines[7]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[1, 2]", "is a list. Allowed: keys with numbers"),
        ("natGb: 1\nnatGb: 2\n", "the key natGb is there twice"),
        ("a: [", "is no YAML"),
        ("resources: 3", "resources is 3"),
        ("natGb: .nan", "natGb is nan"),
        ("natGb: 2026-11-28", "natGb is datetime.date"),
        ("x: " + "[" * 5000, "is no YAML"),
        ("? [a]\n: 1\n", "is no YAML"),
    ],
)
def test_what_is_no_usage_is_refused_with_the_file(
    text: str, reason: str, tmp_path: pathlib.Path
) -> None:
    message = problems(tmp_path, text)
    assert message.startswith("usage.dev.yaml")
    assert reason in message


def test_a_file_of_another_encoding_or_size_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "usage.dev.yaml").write_bytes(b"natGb: \xff")
    with pytest.raises(UsageError, match=r"usage\.dev\.yaml is no YAML"):
        load(tmp_path, "dev")
    assert "is larger than" in problems(tmp_path, "#" * (LARGEST + 1))


def test_many_aliases_do_not_grow_in_an_error(tmp_path: pathlib.Path) -> None:
    lines = ["a0: &a0 [1]"] + [
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 20)
    ]
    assert len(problems(tmp_path, "\n".join(lines))) < 50_000


def resource(name: str, kind: str, **inputs: object) -> Resource:
    return Resource(f"urn:pulumi:dev::shop::{name}", kind, name, None, True, inputs)


POOL = resource(
    "gpu",
    "aws:eks/nodeGroup:NodeGroup",
    instanceTypes=["g5.xlarge"],
    scalingConfig={"minSize": 0, "desiredSize": 0, "maxSize": 4},
)
DATABASE = resource("db", "aws:rds/instance:Instance", engine="oracle")
PLAN = Manifest("shop", "dev", (POOL, DATABASE), aws_region="us-east-1")
NODE = 1.006 + 20 * 0.08 / 730
"""USD for an hour of a node with its disk."""


def test_the_scenarios_are_idle_working_days_and_everything_at_its_maximum() -> None:
    found = estimate(PLAN).scenarios
    assert found == {
        "idle": 0,
        "working_days": pytest.approx(176 * NODE),
        "maximum": pytest.approx(4 * 730 * NODE),
    }
    assert estimate(PLAN).assumptions["working hours"] == "176 a month: 8 on each of 22 days"


@pytest.mark.parametrize(
    ("usage", "hours"),
    [
        ({"working_hours": 40}, 40),
        ({"resources": {"gpu": {"working_nodes": 3}}}, 3 * 176),
        ({"resources": {"gpu": {"working_nodes": 99, "working_hours": 9999}}}, 4 * 730),
        ({"working_nodes": 0}, 0),
    ],
)
def test_working_days_are_as_the_usage_file_says_within_what_scaling_allows(
    usage: dict[str, object], hours: float
) -> None:
    found = estimate(PLAN, Assumptions.from_data(usage))
    assert found.on_working_days == pytest.approx(hours * NODE)


def test_what_the_user_knows_replaces_an_unknown_price() -> None:
    found = estimate(PLAN, Assumptions.from_data({"resources": {"db": {"usd_a_month": 40}}}))
    assert found.unpriced == ()
    assert {item.name: (item.expected, item.basis) for item in found.items}["db"] == (
        40,
        "as the usage file says",
    )


PROGRAM = """
import pulumi_aws as aws
aws.ec2.NatGateway("nat", subnet_id="subnet-0")
"""


@pytest.fixture
def project(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.delenv("GROUNDPLAN_STACK", raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {aws:region: us-east-1}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def test_a_preview_uses_the_file_and_says_so_in_json(project: pathlib.Path) -> None:
    write(project, "natGb: 1000\nresources: {gone: {natGb: 1}}\n")
    result = CliRunner().invoke(
        main, ["preview", "--project", str(project), "--all", "--json", "--fail-on", "cost>500"]
    )
    assert result.exit_code == 0, result.output
    cost = json.loads(result.stdout)["reports"][0]["cost"]
    assert cost["scenarios"]["working_days"] == pytest.approx(730 * 0.045 + 1000 * 0.045)
    assert cost["assumptions"]["usage file"] == "usage.dev.yaml; not in the stack: gone"
    assert cost["assumptions"]["nat traffic"] == "1,000 GB a month and gateway"
    assert cost["regions"] == ["us-east-1"]


def test_an_invalid_file_ends_the_preview_before_the_program_runs(project: pathlib.Path) -> None:
    (project / "__main__.py").write_text("raise RuntimeError('it ran')\n")
    write(project, "natGb: a lot\n")
    result = CliRunner().invoke(main, ["preview", "--project", str(project), "--stack", "dev"])
    assert result.exit_code == 1
    assert "usage.dev.yaml has invalid usage: 1 problem." in result.stderr
    assert "it ran" not in result.output


GUIDE = pathlib.Path(__file__).parents[2] / "docs" / "guides" / "costs.md"


def test_the_example_of_the_guide_is_a_valid_usage_file(tmp_path: pathlib.Path) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    example = text.split("```yaml\n")[1].split("```")[0]
    usage = load(write(tmp_path, example), "dev").assumptions
    assert usage.of("working_hours", "training-gpu-nodes") == 60
    assert usage.fixed_cost("warehouse") == 40


def test_the_guide_names_every_region_whose_prices_are_shipped() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert [region for region in regions() if region not in text] == []
