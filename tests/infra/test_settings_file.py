"""Errors in settings have the line of the stack file, whichever rule they are of."""

import json
import pathlib
import textwrap

import pulumi
import pytest
import settings_file
import wiring
import yaml
from configuration import InvalidSettings, describe
from groundplan.excerpts import YamlFile

SETTINGS = textwrap.dedent("""\
    config:
      aws:region: us-east-1
      groundplan:network:
        natGateways: per-zoen
        flowLogs: {retentionDays: 14d}
      groundplan:training:
        administrators: ["arn:aws:iam::123456789012:role/a"]
        pools:
          gpu: {instanceType: ml.g5.xlarge, maxSize: 8}
          far: {instanceType: g5.xlarge, maxSize: 8, zone: eu-west-1a}
      groundplan:services:
        chat: {image: "a.io/b:1", pool: gpuu}
      groundplan:monitoring:
        endpoints: {churn: {}}
    """)


def message(text: str, overrides: dict[str, str] | None = None) -> str:
    """The error of a stack file's settings."""
    config = yaml.safe_load(text)["config"]
    values = {k: v if isinstance(v, str) else json.dumps(v) for k, v in config.items()}
    with pytest.raises(InvalidSettings) as error:
        describe("groundplan", "dev", values | (overrides or {}))
    return error.value.with_lines(YamlFile("Pulumi.dev.yaml", text))


def places(text: str) -> dict[str, str]:
    """Key of each problem -> the line below it."""
    lines = text.splitlines()
    return {
        line[4:].split(" ")[0]: below.strip()
        for line, below in zip(lines, [*lines[1:], ""], strict=True)
        if line.startswith("  - ")
    }


def test_problems_of_shape_of_components_and_of_the_environment_have_their_lines() -> None:
    found = places(message(SETTINGS))
    assert found == {
        "groundplan:monitoring.endpoints.churn": "Pulumi.dev.yaml:14",
        "groundplan:network.flowLogs.retentionDays": "Pulumi.dev.yaml:5",
        "groundplan:network.natGateways": "Pulumi.dev.yaml:4",
        "groundplan:services.chat.pool": "Pulumi.dev.yaml:12",
        "groundplan:training.pools.far.zone": "Pulumi.dev.yaml:10",
        "groundplan:training.pools.gpu.instanceType": "Pulumi.dev.yaml:9",
    }


def test_an_overridden_value_has_no_line_of_the_file() -> None:
    text = "config:\n  aws:region: us-east-1\n"
    assert places(message(text, {"aws:region": "us-esat-1"}))["aws:region"] == ""


def test_a_wrong_region_is_one_problem() -> None:
    text = (
        "config:\n  aws:region: us-esat-1\n  groundplan:endpoints: {churn: {instanceType: "
        "ml.m5.large, image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4'}}\n"
    )
    found = message(text)
    assert list(places(found)) == ["aws:region"]
    assert 'did you mean "us-east-1"' in found


def test_the_file_is_that_of_the_project_also_in_a_folder_of_settings(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: python\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "infra").mkdir()
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text("config:\n  a: 1\n")
    found = settings_file.of_stack(str(tmp_path), "dev")
    assert found.at("config.a") == "stacks/Pulumi.dev.yaml:2"
    monkeypatch.chdir(tmp_path / "infra")
    assert settings_file.of_stack(None, "dev").at("config.a") == "stacks/Pulumi.dev.yaml:2"
    assert settings_file.of_stack(None, "prod").at("config.a") == "stacks/Pulumi.prod.yaml"
    (tmp_path / "Pulumi.yaml").write_text("[")
    assert settings_file.of_stack(None, "dev").at("config.a") == "Pulumi.dev.yaml"


def test_a_problem_that_only_the_deployment_finds_has_its_line(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: groundplan\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(
        "config:\n  groundplan:training:\n    fileSystems:\n      scratch: {zone: us-east-1f}\n"
    )
    monkeypatch.setattr(pulumi, "get_stack", lambda: "dev")
    monkeypatch.setattr(pulumi, "get_project", lambda: "groundplan")
    monkeypatch.setattr(pulumi.runtime, "get_root_directory", lambda: str(tmp_path))
    with pytest.raises(pulumi.RunError) as error:
        wiring.training._index("scratch", "us-east-1f", ["us-east-1a", "us-east-1b"])
    text = str(error.value)
    assert "groundplan:training.fileSystems.scratch.zone" in text
    assert "      Pulumi.dev.yaml:4\n      4 | ... zone: us-east-1f" in text


def test_the_guide_shows_an_error_as_it_is() -> None:
    text = "\n".join(SETTINGS.splitlines()[:5]) + "\n"
    guide = pathlib.Path(__file__).parents[2] / "docs" / "guides" / "first-environment.md"
    assert textwrap.indent(message(text), "    ") in guide.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("section", "key", "fix"),
    [
        ("network", "maxUsdPerHour", "it is a key of training"),
        ("artifacts", "natGateways", "it is a key of network: move it there, or remove it"),
        ("network", "kubernetesVersion", "it is a key of training: move it there"),
        ("network", "nowhere", "remove it"),
    ],
)
def test_a_key_in_the_wrong_section_names_the_right_one(section: str, key: str, fix: str) -> None:
    text = f"config:\n  aws:region: us-east-1\n  groundplan:{section}: {{{key}: 1}}\n"
    assert f"Fix: {fix}" in message(text)
