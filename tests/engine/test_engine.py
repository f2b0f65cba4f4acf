"""The real engine and the offline preview plan the same resources."""

import json
import pathlib
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.run import Request, preview
from real_engine import Engine

ROOT = pathlib.Path(__file__).parents[2]
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_engine_plans_what_the_offline_preview_shows(
    engine: Callable[[str], Engine], stack: str
) -> None:
    manifest = preview(Request(ROOT, stack)).manifest
    assert manifest is not None
    steps = {step["urn"]: step["newState"] for step in engine(stack).json("preview")["steps"]}

    planned = {
        urn for urn in steps if "pulumi:pulumi:Stack::" not in urn and "::default" not in urn
    }
    assert planned == set(manifest.by_urn)
    for urn in planned:
        state, ours = steps[urn], manifest.by_urn[urn]
        parent = state["parent"] if "pulumi:pulumi:Stack::" not in state["parent"] else None
        assert parent == ours.parent, urn
        assert state.get("protect", False) == bool(ours.option("protect")), urn
        assert state.get("retainOnDelete", False) == bool(ours.option("retainOnDelete")), urn
        own = (
            {"__internal", "version"} if ours.type.startswith("pulumi:providers:") else set()
        )  # the engine's additions
        inputs = {key: value for key, value in state.get("inputs", {}).items() if key not in own}
        differing = differences(inputs, ours.inputs)
        if ours.type.startswith("kubernetes:"):
            # Before the cluster exists, the engine has no provider to call, and knows
            # no output of a Kubernetes object.
            differing = [
                difference
                for difference in differing
                if "known only to the preview" not in difference
            ]
        assert differing == [], urn


def differences(engine: Any, ours: Any, path: str = "") -> list[str]:
    """The paths at which the engine knows a value and the manifest has a different
    one."""
    if isinstance(engine, dict) and isinstance(ours, dict):
        keys = {
            key
            for key in {*engine, *ours}
            if engine.get(key) is not None or ours.get(key) is not None
        }
        return [
            d
            for key in sorted(keys)
            for d in differences(engine.get(key), ours.get(key), f"{path}.{key}")
        ]
    if isinstance(engine, list) and isinstance(ours, list) and len(engine) == len(ours):
        return [
            d
            for i, pair in enumerate(zip(engine, ours, strict=True))
            for d in differences(*pair, f"{path}[{i}]")
        ]
    if isinstance(engine, str) and UNKNOWN in engine:
        return [] if "${" in json.dumps(ours) else [f"{path}: known only to the preview: {ours}"]
    return [] if engine == ours else [f"{path}: {engine!r} != {ours!r}"]


def test_an_environment_is_deployed_unchanged_by_a_preview_and_destroyed(
    engine: Callable[[str], Engine],
) -> None:
    dev = engine("dev")
    dev.run("up", "--yes", "--skip-preview")
    assert "groundplan-dev-churn" in dev.run("stack", "output", "endpoints")

    again = dev.json("preview")["changeSummary"]
    assert set(again) == {"same"}
    dev.run("destroy", "--yes", "--skip-preview")
    assert json.loads(dev.run("stack", "export"))["deployment"].get("resources", []) == []


def test_the_engine_shows_invalid_settings_without_a_stack_trace(
    engine: Callable[[str], Engine],
) -> None:
    dev = engine("dev")
    dev.run("config", "set", "--path", "groundplan:network.zoneCount", "9")
    output = dev.run("preview", fails=True)
    assert "groundplan:network.zoneCount is 9. Allowed: a whole number from 1 to 6" in output
    assert "Traceback" not in output
    assert "aws:" not in output.split("Diagnostics:")[0]


def test_the_engine_refuses_to_delete_protected_resources(engine: Callable[[str], Engine]) -> None:
    prod = engine("prod")
    prod.run("up", "--yes", "--skip-preview")
    output = " ".join(prod.run("destroy", "--yes", fails=True).split())
    # The engine names protected resources without dependents, and stops there.
    for name in ("artifacts-logs-bucket", "training-namespace", "monitoring-namespace"):
        assert f'::{name}" cannot be deleted because it is protected' in output
