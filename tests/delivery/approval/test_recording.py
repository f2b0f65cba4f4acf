"""What is recorded of a real program: its files, settings, variables and versions."""

import json
import pathlib
import subprocess

import pytest
from groundplan.command_line.pulumi_cli import PulumiError
from groundplan.delivery.approval import sources
from groundplan.delivery.approval.pulumi_cli import Pulumi
from groundplan.delivery.approval.recording import Recorded, RecordingError, record
from groundplan.manifest.observed_inputs import Observed
from groundplan.manifest.project import load

SALT = "00112233445566778899aabbccddeeff"
PROGRAM = """\
import os, pathlib
import pulumi
import colors
config = pulumi.Config()
pulumi.export("a", colors.NAME + os.environ.get("SHOP_COLOR", "") + os.environ.get("PATH", "")[:0])
pulumi.export("text", pathlib.Path(__file__).with_name("data.txt").read_text())
"""
CLI = """#!/bin/sh
case "$1" in
  stack) cat state.json;;
  preview) echo '{"steps": []}';;
  whoami) printf '{"user": "ada", "url": "%s"}' "$BACKEND";;
esac
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("place") / "shop"
    (folder / "infra").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\nmain: infra/\n")
    (folder / "Pulumi.dev.yaml").write_text(
        "config:\n  shop:size: 3\n  shop:token: {secure: v1:abc}\n  shop:list: [{secure: v1:x}]\n"
    )
    (folder / "infra/__main__.py").write_text(PROGRAM)
    (folder / "infra/colors.py").write_text("NAME = 'red'\n")
    (folder / "infra/unused.py").write_text("\n")
    (folder / "infra/data.txt").write_text("hello")
    (folder / "requirements.txt").write_text("# comment\nboto3==1.40.0 \\\n  --hash=sha256:1\n")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    resource = {"urn": "urn:pulumi:dev::shop::a:b:C::c", "type": "a:b:C", "id": "1"}
    (folder / "state.json").write_text(json.dumps({"deployment": {"resources": [resource]}}))
    tools = folder.parent / "tools"
    tools.mkdir()
    (tools / "pulumi").write_text(CLI)
    (tools / "pulumi").chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def recorded(shop: pathlib.Path) -> Recorded:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_COLOR", "blue")
        patch.setenv("PATH", f"{shop.parent / 'tools'}:/usr/bin:/bin")
        pulumi = Pulumi(shop, "dev")
        return record(load(shop), "dev", SALT, pulumi, lambda _text: None, state_only=False)


def test_the_programs_files_are_sealed_and_nothing_of_the_machine(recorded: Recorded) -> None:
    assert set(recorded.subject.program) == {
        "infra/__main__.py",
        "infra/colors.py",
        "infra/data.txt",
        "infra/unused.py",
    }
    assert set(recorded.subject.variables) >= {"SHOP_COLOR"}
    assert not {"PATH", "HOME"} & set(recorded.subject.variables)
    assert "blue" not in json.dumps(recorded.subject.to_data()["variables"])


def test_settings_are_sealed_without_ciphertext(recorded: Recorded) -> None:
    config = recorded.subject.settings["Pulumi.dev.yaml"]["config"]
    assert config["shop:size"] == 3
    assert config["shop:token"]["secure"].startswith("sha256:")
    assert "v1:" not in json.dumps(recorded.subject.to_data())


def test_versions_are_those_of_locks_sdks_and_the_library(recorded: Recorded) -> None:
    versions = recorded.subject.versions
    assert versions["requirements.txt boto3"] == "1.40.0"
    assert versions["requirements.txt"].startswith("sha256:")
    assert "installed pulumi" in versions
    assert versions["groundplan"] == sources.library()


def test_the_same_is_recorded_twice(recorded: Recorded, shop: pathlib.Path) -> None:
    assert recorded.subject.program == sources.program(load(shop), None) | {
        "infra/data.txt": recorded.subject.program["infra/data.txt"]
    }
    assert list(recorded.subject.baseline) == ["urn:pulumi:dev::shop::a:b:C::c"]
    assert recorded.subject.plan == {}


def test_a_program_that_fails_is_an_error_with_its_place(
    shop: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("raise KeyError('size')\n")
    with pytest.raises(RecordingError, match=r"KeyError: 'size'\n  at __main__.py:1"):
        record(
            load(tmp_path), "dev", SALT, Pulumi(shop, "dev"), lambda _text: None, state_only=True
        )


@pytest.mark.parametrize(
    ("url", "backend"),
    [
        ("s3://state/shop?region=us-east-1&awssdk=v2", "s3://state/shop"),
        ("https://app.pulumi.com/ada", "https://app.pulumi.com/ada"),
        ("file:///home/ada", "file"),
        ("", ""),
    ],
)
def test_a_backend_is_named_without_what_differs_between_machines(
    shop: pathlib.Path, monkeypatch: pytest.MonkeyPatch, url: str, backend: str
) -> None:
    monkeypatch.setenv("PATH", f"{shop.parent / 'tools'}:/usr/bin:/bin")
    monkeypatch.setenv("BACKEND", url)
    assert Pulumi(shop, "dev").backend() == backend


FAILED = """#!/bin/sh
cat << 'EOF'
{"diagnostics": [{"severity": "warning", "message": "old"},
  {"severity": "error", "message": "error: no target"}]}
EOF
exit 255
"""


def test_the_errors_of_a_preview_are_named_and_not_its_json(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pulumi").write_text(FAILED)
    (tmp_path / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(PulumiError) as raised:
        Pulumi(tmp_path, "dev").preview()
    assert str(raised.value) == "`pulumi preview --refresh` failed: error: no target"


def test_files_outside_of_the_repository_are_named_as_not_sealed(shop: pathlib.Path) -> None:
    at = (1, 1, 1, 1)
    inside = {str(shop / "infra/data.txt"): at, "/usr/share/zoneinfo/UTC": at, "/gone": None}
    project = load(shop)
    assert sources.unsealed(Observed(files={**inside}), project) == []
    assert sources.unsealed(Observed(files={**inside, "/etc/shop.json": at}), project) == [
        "reads /etc/shop.json, outside of the repository"
    ]
    many = {f"/etc/{number}.json": at for number in range(8)}
    found = sources.unsealed(Observed(files={**many}, unchecked={"starts a process"}), project)
    assert found[0] == "starts a process"
    assert found[-1] == "reads 3 more files outside of the repository"
