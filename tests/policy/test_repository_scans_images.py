from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.repository_scans_images import RULE

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]

REPOSITORY = "aws:ecr/repository:Repository"
REGISTRY = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"


@pytest.mark.parametrize("scans", [True, "true", "${unknown until config}"])
@pytest.mark.parametrize("listed", [False, True])
def test_a_repository_that_scans_complies(
    build: Build, check_rule: CheckRule, scans: Any, listed: bool
) -> None:
    settings = {"scanOnPush": scans}
    assert (
        check_rule(
            RULE,
            build(
                REPOSITORY,
                "images",
                {"imageScanningConfiguration": [settings] if listed else settings},
            ),
        )
        == []
    )


@pytest.mark.parametrize("inputs", [{}, {"imageScanningConfiguration": {"scanOnPush": False}}])
def test_a_repository_that_does_not_is_named(
    build: Build, check_rule: CheckRule, inputs: Any
) -> None:
    repository = build(REPOSITORY, "images", inputs)
    reason = "images in the repository images are not scanned for vulnerabilities"
    assert check_rule(RULE, repository) == [
        Breach(repository.urn, reason, "imageScanningConfiguration.scanOnPush")
    ]


@pytest.mark.parametrize(
    ("frequency", "pattern", "count"),
    [
        ("SCAN_ON_PUSH", "*", 0),
        ("CONTINUOUS_SCAN", "ml/*", 0),
        ("MANUAL", "*", 1),
        ("SCAN_ON_PUSH", "web/*", 1),
    ],
)
def test_the_registry_may_scan_for_all(
    build: Build, check_rule: CheckRule, frequency: str, pattern: str, count: int
) -> None:
    rule = {
        "scanFrequency": frequency,
        "repositoryFilters": [{"filter": pattern, "filterType": "WILDCARD"}],
    }
    registry = build(REGISTRY, "registry", {"scanType": "BASIC", "rules": [rule]})
    assert (
        len(check_rule(RULE, build(REPOSITORY, "images", {"name": "ml/trainer"}), registry))
        == count
    )
