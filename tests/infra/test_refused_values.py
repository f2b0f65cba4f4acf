"""Values of `costs`, `delivery`, `api`, `pipelines` and `logs` that AWS refuses, or
that have no effect, are refused at their key."""

import json
import pathlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest
import yaml
from configuration import InvalidSettings, describe

LOOP = pathlib.Path(__file__).parents[1] / "golden" / "Pulumi.loop.yaml"
ROLE = "arn:aws:iam::123456789012:role/approvers"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0123"
TOKENS = {"issuer": "https://login.example.com", "audiences": ["a", "a"]}


@cache
def loop() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(LOOP.read_text(encoding="utf-8"))["config"]
    return found


def changed(section: str, path: str, value: Any) -> dict[str, Any]:
    """Returns the settings of the loop environment with another value at a path."""
    settings: dict[str, Any] = json.loads(json.dumps(loop()))
    place = settings.setdefault(f"groundplan:{section}", {})
    *above, last = path.split(".")
    for key in above:
        place = place.setdefault(key, {})
    place[last] = value
    return settings


def problems(settings: Mapping[str, Any]) -> dict[str, str]:
    """Returns key -> text."""
    values = {k: v if isinstance(v, str) else json.dumps(v) for k, v in settings.items()}
    try:
        describe("groundplan", "loop", values)
    except InvalidSettings as error:
        return {p.key.removeprefix("groundplan:"): str(p) for p in error.problems}
    return {}


@pytest.mark.parametrize(
    ("section", "path", "value", "key"),
    [
        # Budgets have cents.
        ("costs", "usdPerMonth", 0.004, "usdPerMonth"),
        ("costs", "usdPerMonth", 1e30, "usdPerMonth"),
        ("costs", "teams.churn", 0.001, "teams.churn"),
        ("costs", "anomalies.minUsd", 0.001, "anomalies.minUsd"),
        # Keys of tags, names of regions, days.
        ("costs", "allocationTags", ["   "], "allocationTags[0]"),
        ("costs", "allocationTags", ["k" * 129], "allocationTags[0]"),
        ("costs", "allocationTags", ["team", "team"], "allocationTags[1]"),
        ("costs", "dataExport.bucketRegion", "us-esat-1", "dataExport.bucketRegion"),
        ("costs", "dataExport.bucketRegion", "", "dataExport.bucketRegion"),
        ("costs", "expires", "0001-01-01", "expires"),
        ("costs", "expires", "9999-12-31", "expires"),
        # The API.
        ("api", "callers.read", [ROLE, ROLE], "callers.read[1]"),
        ("api", "domain", {"name": "models", "certificateArn": CERTIFICATE}, "domain.name"),
        # A path that the operating system refuses.
        ("pipelines", "events.glue.script", "x" * 5000, "events.glue.script"),
        ("pipelines", "events.glue.script", "x\0y", "events.glue.script"),
        ("pipelines", "events.glue.script", "examples", "events.glue.script"),
        ("pipelines", "orders.container.script", "x" * 5000, "orders.container.script"),
        # Nobody reads or administers.
        ("logs", "search.administrators", [], "search.administrators"),
        ("logs", "search.readers", [], "search.readers"),
        ("monitoring", "grafana", {}, "grafana"),
    ],
)
def test_a_value_that_aws_refuses_is_refused_at_its_key(
    section: str, path: str, value: Any, key: str
) -> None:
    found = problems(changed(section, path, value))
    assert list(found) == [f"{section}.{key}"]
    assert "Fix: " in found[f"{section}.{key}"]


def without(settings: dict[str, Any], section: str, *keys: str) -> dict[str, Any]:
    for key in keys:
        settings[f"groundplan:{section}"].pop(key)
    return settings


@pytest.mark.parametrize(
    ("settings", "keys"),
    [
        (
            without(
                changed("costs", "stops", {"atPercent": 90}), "costs", "ceiling", "schedule",
                "expires",
            ),
            ["costs.dryRun", "costs.stops.atPercent"],
        ),
        (
            without(changed("costs", "remindDaysBefore", 3), "costs", "expires"),
            ["costs.remindDaysBefore"],
        ),
        (
            without(
                changed("costs", "allowProduction", True), "costs", "ceiling", "schedule",
                "expires", "stops", "dryRun",
            ),
            ["costs.allowProduction"],
        ),
        (
            without(changed("logs", "retentionDays", 90), "logs", "search"),
            ["logs.teams.churn.endpoints", "logs.teams.churn.readers"],
        ),
        (
            changed("delivery", "level", "continuous-deployment"),
            ["delivery.approval.validHours"],
        ),
        (
            without(changed("api", "tokens", TOKENS), "api", "callers"),
            ["api.tokens.audiences[1]"],
        ),
    ],
)  # fmt: skip
def test_what_has_no_effect_is_refused(settings: dict[str, Any], keys: Sequence[str]) -> None:
    found = problems(settings)
    assert sorted(found) == list(keys)
    assert all("Fix: " in text for text in found.values())


def test_an_empty_list_of_callers_is_nobody() -> None:
    assert problems(changed("api", "callers.approve", [])) == {}
