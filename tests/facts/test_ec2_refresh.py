import datetime
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import ProfileNotFound  # type: ignore[import-untyped]
from botocore.stub import Stubber  # type: ignore[import-untyped]
from click.testing import CliRunner
from groundplan.cli import main
from groundplan.cli import prices as prices_command
from groundplan.facts import ec2_rows, refresh, table
from groundplan.facts.refresh import RefreshError, refresh_file, renewed
from moto import mock_aws

TODAY = datetime.date(2026, 11, 21)

HEADER = ",".join(ec2_rows.COLUMNS)

TABLE = f"""\
# EC2 instance types. An empty field is not known, not zero.
# Source: somebody; limits and sizes as
# of 2026-08-21. Units: memory MiB.
{HEADER}
c1.medium,2,1740,amd64,,,,,,,,2,6,1,12
m7i.large,2,4096,amd64,,,,,,,781,3,10,1,29
m7i.metal-48xl,192,786432,amd64,,,,,1,,50000,15,50,1,737
"""


def info(name: str, **more: Any) -> dict[str, Any]:
    """What EC2 says of an instance type like m7i.large."""
    return {
        "InstanceType": name,
        "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]},
        "VCpuInfo": {"DefaultVCpus": 2},
        "MemoryInfo": {"SizeInMiB": 8192},
        "NetworkInfo": network(1, 3, 10, "Up to 12.5 Gigabit", 0.781),
        **more,
    }


def network(
    cards: int, interfaces: int, ipv4: int, performance: str, gbps: float, **more: Any
) -> dict[str, Any]:
    card = {"MaximumNetworkInterfaces": interfaces, "BaselineBandwidthInGbps": gbps}
    return {
        "MaximumNetworkInterfaces": cards * interfaces,
        "MaximumNetworkCards": cards,
        "DefaultNetworkCardIndex": 0,
        "Ipv4AddressesPerInterface": ipv4,
        "NetworkPerformance": performance,
        "NetworkCards": [{"NetworkCardIndex": index, **card} for index in range(cards)],
        **more,
    }


def row(**more: Any) -> str:
    """A row of the table, with what `info(...)` becomes."""
    found = ec2_rows.row(more.pop("info"))
    assert found
    return ",".join({**dict.fromkeys(ec2_rows.COLUMNS, ""), **found, **more}.values())


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "ec2-instances.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


class Ec2:
    """EC2 in several regions, which answers what it is told to, in that order, and
    nothing else."""

    def __init__(self) -> None:
        self.stubs: dict[str, Stubber] = {}

    def __call__(self, region: str) -> Any:
        return self.stub(region).client

    def stub(self, region: str) -> Stubber:
        if region not in self.stubs:
            client = boto3.client(
                "ec2",
                region_name=region,
                aws_access_key_id="x",
                aws_secret_access_key="x",  # noqa: S106
            )
            self.stubs[region] = Stubber(client)
            self.stubs[region].activate()
        return self.stubs[region]

    def offers(self, region: str, *pages: list[dict[str, Any]]) -> None:
        for number, page in enumerate(pages):
            more = {"NextToken": str(number + 1)} if number + 1 < len(pages) else {}
            before = {"NextToken": str(number)} if number else {}
            asked = {"MaxResults": 100, **before}
            self.stub(region).add_response(
                "describe_instance_types", {"InstanceTypes": page, **more}, asked
            )

    def refuses(self, region: str, code: str) -> None:
        self.stub(region).add_client_error("describe_instance_types", code, "no")


@pytest.fixture
def ec2() -> Iterator[Ec2]:
    made = Ec2()
    yield made
    for stub in made.stubs.values():
        stub.assert_no_pending_responses()


def quiet(_line: str) -> None:
    """Takes progress and does nothing."""


def test_a_refresh_renews_rows_and_says_what_changed(path: pathlib.Path, ec2: Ec2) -> None:
    big = info("m7i.metal-48xl", VCpuInfo={"DefaultVCpus": 192}, MemoryInfo={"SizeInMiB": 786432})
    big["NetworkInfo"] = network(1, 15, 50, "50 Gigabit", 50.0, EfaInfo={"MaximumEfaInterfaces": 1})
    mac = info("mac2.metal", ProcessorInfo={"SupportedArchitectures": ["arm64_mac"]})
    ec2.offers("us-east-1", [big, mac], [info("m7i.large"), info("a9.large")])
    lines: list[str] = []

    summary = refresh_file(path, ["us-east-1"], lines.append, client=ec2, today=TODAY)

    assert path.read_text(encoding="utf-8") == (
        "# EC2 instance types. An empty field is not known, not zero. Prices are in prices/, by "
        "region.\n"
        "# Source: EC2 DescribeInstanceTypes in us-east-1.\n"
        "# limits and sizes as of 2026-11-21.\n"
        "# Units: memory MiB, local NVMe GB, bandwidth Mbit/s.\n"
        "# Sizes of 2026-08-21 still: c1.medium\n"
        f"{HEADER}\n"
        "a9.large,2,8192,amd64,,,,,,,781,3,10,1,29\n"
        "c1.medium,2,1740,amd64,,,,,,,,2,6,1,12\n"
        "m7i.large,2,8192,amd64,,,,,,,781,3,10,1,29\n"
        "m7i.metal-48xl,192,786432,amd64,,,,,1,,50000,15,50,1,737\n"
    )
    assert str(summary).splitlines() == [
        "3 instance types: 1 added, 0 removed, 1 changed; 1 that these regions don't offer kept",
        "a9.large added",
        "m7i.large: memory_mib 4096 -> 8192",
    ]
    assert lines == [
        "us-east-1: asking",
        "us-east-1: 1 instance types",
        "us-east-1: 3 instance types",
    ]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_second_refresh_changes_nothing_and_old_dates_stay_old(
    path: pathlib.Path, ec2: Ec2
) -> None:
    ec2.offers("us-east-1", [info("m7i.large")])
    refresh_file(path, ["us-east-1"], quiet, client=ec2, today=TODAY)
    before = path.read_text(encoding="utf-8")
    ec2.offers("us-east-1", [info("m7i.large")])

    summary = refresh_file(
        path, ["us-east-1"], quiet, client=ec2, today=TODAY + datetime.timedelta(days=9)
    )

    assert not summary.changes
    assert path.read_text(encoding="utf-8") == before.replace("of 2026-11-21", "of 2026-11-30")
    assert "# Sizes of 2026-08-21 still: c1.medium, m7i.metal-48xl\n" in before


def test_of_several_regions_the_first_that_has_a_type_tells_of_it(
    path: pathlib.Path, ec2: Ec2
) -> None:
    ec2.offers("us-east-1", [info("m7i.large")])
    ec2.offers(
        "eu-west-1",
        [
            info("m7i.large", MemoryInfo={"SizeInMiB": 1}),
            info("c1.medium", MemoryInfo={"SizeInMiB": 1741}),
        ],
    )

    summary = refresh_file(path, ["us-east-1", "eu-west-1"], quiet, client=ec2, today=TODAY)

    assert summary.changed["m7i.large"] == {"memory_mib": ("4096", "8192")}
    assert summary.changed["c1.medium"]["memory_mib"] == ("1740", "1741")
    assert "in us-east-1, eu-west-1." in path.read_text(encoding="utf-8")


def test_types_that_are_gone_go_only_when_asked_to(path: pathlib.Path, ec2: Ec2) -> None:
    ec2.offers("us-east-1", [info("m7i.large")])

    summary = refresh_file(path, ["us-east-1"], quiet, client=ec2, today=TODAY, remove=True)

    assert (summary.removed, summary.kept) == (["c1.medium", "m7i.metal-48xl"], [])
    assert "c1.medium,2" not in path.read_text(encoding="utf-8")
    assert "c1.medium removed" in str(summary)


def test_what_ec2_leaves_empty_is_not_forgotten() -> None:
    bare = {"InstanceType": "m7i.large", "ProcessorInfo": {"SupportedArchitectures": ["x86_64"]}}
    found = ec2_rows.row(bare)
    assert found

    text, summary = renewed(TABLE, {"m7i.large": found}, ["us-east-1"], "2026-11-21")

    assert "\nm7i.large,2,4096,amd64,,,,,,,781,3,10,1,29\n" in text
    assert not summary.changes


def test_a_check_writes_nothing(path: pathlib.Path, ec2: Ec2) -> None:
    ec2.offers("us-east-1", [info("m7i.large")])

    summary = refresh_file(path, ["us-east-1"], quiet, client=ec2, today=TODAY, check=True)

    assert summary.changes
    assert path.read_text(encoding="utf-8") == TABLE


@pytest.mark.parametrize(
    ("code", "fix"),
    [
        ("UnauthorizedOperation", "ec2:DescribeInstanceTypes"),
        ("AuthFailure", "an account for which eu-west-1 is enabled"),
        ("RequestLimitExceeded", "try again in some minutes"),
        ("InternalError", "try again later"),
    ],
)
def test_a_region_that_refuses_leaves_the_file_as_it_was(
    path: pathlib.Path, ec2: Ec2, code: str, fix: str
) -> None:
    ec2.offers("us-east-1", [info("m7i.large")])
    ec2.refuses("eu-west-1", code)

    with pytest.raises(RefreshError, match=rf"EC2 refused in eu-west-1: .*{code}.*Fix: .*{fix}"):
        refresh_file(path, ["us-east-1", "eu-west-1"], quiet, client=ec2, today=TODAY)

    assert path.read_text(encoding="utf-8") == TABLE


def test_no_credentials_are_told_with_the_way_to_them(
    path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path.parent / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path.parent / "none"))

    with pytest.raises(
        RefreshError,
        match=r"can't be asked in us-east-1: Unable to locate credentials.*AWS_PROFILE",
    ):
        refresh_file(path, ["us-east-1"], quiet, today=TODAY)


def no_profile(_region: str) -> Any:
    raise ProfileNotFound(profile="me")


def test_a_profile_that_is_not_there_is_told_too(path: pathlib.Path) -> None:
    with pytest.raises(RefreshError, match=r"The config profile \(me\) could not be found"):
        refresh_file(path, ["us-east-1"], quiet, client=no_profile)


def test_a_region_without_any_type_is_a_mistake(path: pathlib.Path, ec2: Ec2) -> None:
    ec2.offers("us-east-1", [])
    with pytest.raises(RefreshError, match="names no instance type in us-east-1"):
        refresh_file(path, ["us-east-1"], quiet, client=ec2)


def test_a_file_that_is_no_such_table_is_left_alone(path: pathlib.Path, ec2: Ec2) -> None:
    path.write_text("# c\ninstance_type,vcpu\nm7i.large,2\n", encoding="utf-8")
    ec2.offers("us-east-1", [info("m7i.large")])
    with pytest.raises(
        RefreshError,
        match=r"has other columns than instance_type, vcpu, .*Fix: restore it from git",
    ):
        refresh_file(path, ["us-east-1"], quiet, client=ec2)
    with pytest.raises(RefreshError, match="can't be read"):
        refresh_file(path.with_name("none.csv"), ["us-east-1"], quiet, client=ec2)


ACCELERATED: list[tuple[dict[str, Any], str]] = [
    (
        info(
            "p5.48xlarge",
            GpuInfo={
                "Gpus": [
                    {
                        "Name": "H100",
                        "Manufacturer": "NVIDIA",
                        "Count": 8,
                        "MemoryInfo": {"SizeInMiB": 81920},
                    }
                ]
            },
            NetworkInfo=network(
                32, 2, 50, "3200 Gigabit", 100.0, EfaInfo={"MaximumEfaInterfaces": 32}
            ),
            InstanceStorageInfo={"TotalSizeInGB": 30400, "NvmeSupport": "required"},
        ),
        "p5.48xlarge,2,8192,amd64,nvidia,h100,8,81920,32,30400,3200000,64,50,32,100",
    ),
    (
        info(
            "inf1.xlarge",
            NeuronInfo={
                "NeuronDevices": [
                    {"Name": "Inferentia", "Count": 1, "MemoryInfo": {"SizeInMiB": 8192}}
                ]
            },
            InferenceAcceleratorInfo={
                "Accelerators": [{"Name": "Inferentia", "Manufacturer": "AWS", "Count": 1}]
            },
        ),
        "inf1.xlarge,2,8192,amd64,aws,inferentia,1,8192,,,781,3,10,1,29",
    ),
    (
        info(
            "g4ad.xlarge",
            GpuInfo={"Gpus": [{"Name": "Radeon Pro V520", "Manufacturer": "AMD", "Count": 1}]},
            InstanceStorageInfo={"TotalSizeInGB": 150, "NvmeSupport": "required"},
        ),
        "g4ad.xlarge,2,8192,amd64,amd,radeon-pro-v520,1,,,150,781,3,10,1,29",
    ),
    (
        info(
            "c3.large",
            ProcessorInfo={"SupportedArchitectures": ["i386", "x86_64"]},
            InstanceStorageInfo={"TotalSizeInGB": 32, "NvmeSupport": "unsupported"},
        ),
        "c3.large,2,8192,amd64,,,,,,,781,3,10,1,29",
    ),
    (
        info("c6in.metal", NetworkInfo=network(2, 8, 50, "200 Gigabit", 200.0)),
        "c6in.metal,2,8192,amd64,,,,,,,200000,16,50,2,394",
    ),
    (
        info("trn2.48xlarge", NetworkInfo=network(16, 2, 50, "16x 200 Gigabit", 200.0)),
        "trn2.48xlarge,2,8192,amd64,,,,,,,3200000,32,50,16,100",
    ),
]


@pytest.mark.parametrize(
    ("said", "expected"), ACCELERATED, ids=[said["InstanceType"] for said, _ in ACCELERATED]
)
def test_what_ec2_says_becomes_a_row(said: dict[str, Any], expected: str) -> None:
    assert row(info=said) == expected


@mock_aws
def test_the_answers_of_ec2_agree_with_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto keeps what EC2 answered once: of the columns that components are planned
    with, it says the same."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    said = refresh.described(refresh.connect, "us-east-1", quiet)
    columns = (
        "vcpu",
        "memory_mib",
        "arch",
        "accelerator_name",
        "accelerator_count",
        "efa_interfaces",
        "local_nvme_gb",
    )
    ours = {found["instance_type"]: found for found in table.rows("ec2-instances.csv")}

    both = [name for name in said if name in ours]
    differing = {
        name for name in both for column in columns if said[name][column] != ours[name][column]
    }

    assert len(both) > 1300
    assert differing == set()


def test_the_table_stands_in_the_order_of_a_refresh() -> None:
    rows = table.rows("ec2-instances.csv")
    assert tuple(rows[0]) == ec2_rows.COLUMNS
    assert rows == sorted(rows, key=ec2_rows.order)


Run = Callable[..., Any]


@pytest.fixture
def run(path: pathlib.Path, ec2: Ec2, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(refresh, "FILE", path)
    monkeypatch.setattr(refresh, "connect", ec2)
    return lambda *args: CliRunner().invoke(main, ["facts", "refresh", *args])


def test_the_command_renews_and_tells(run: Run, ec2: Ec2, path: pathlib.Path) -> None:
    ec2.offers("us-east-1", [info("m7i.large")])
    result = run()
    assert (result.exit_code, result.stderr.splitlines()[0]) == (0, "us-east-1: asking")
    assert result.stdout.startswith("1 instance types: 0 added, 0 removed, 1 changed")
    assert path.read_text(encoding="utf-8") != TABLE


def test_the_command_asks_the_regions_it_is_given(run: Run, ec2: Ec2) -> None:
    ec2.offers("eu-west-1", [info("m7i.large")])
    ec2.offers("eu-north-1", [info("a9.large")])
    assert (
        "a9.large added"
        in run("--region", "eu-west-1", "--region", "eu-north-1", "--remove").stdout
    )


def test_a_check_fails_where_something_would_change(run: Run, ec2: Ec2, path: pathlib.Path) -> None:
    ec2.offers("us-east-1", [info("m7i.large")])
    assert run("--check").exit_code == 1
    ec2.offers("us-east-1", [info("m7i.large", MemoryInfo={"SizeInMiB": 4096})])
    assert run("--check").exit_code == 0
    assert path.read_text(encoding="utf-8") == TABLE


def test_the_command_fails_without_a_stack_trace(run: Run, ec2: Ec2) -> None:
    ec2.refuses("us-east-1", "UnauthorizedOperation")
    result = run()
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("groundplan: EC2 refused in us-east-1: ")
    assert "Traceback" not in result.output


def test_prices_are_renewed_behind_the_table_if_asked(
    run: Run, ec2: Ec2, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(prices_command, "refresh_prices", lambda regions: asked.extend(regions))
    ec2.offers("us-east-1", [info("m7i.large")])
    assert run("--prices").exit_code == 0
    assert asked == ["us-east-1"]
    assert run("--prices", "--check").exit_code == 2


def test_a_region_without_a_name_is_a_misuse(run: Any) -> None:
    answer = run("--region", "", "--check")
    assert answer.exit_code == 2
    assert "--region is empty" in answer.output
