"""Deletion of old endpoint configurations and models."""

from typing import Any

import pytest
from groundplan.release.engine import pruning
from groundplan.release.engine.errors import Busy, ReleaseError
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target

FIRST = "ml-prod-churn-config"


@pytest.fixture
def five(cloud: Any, releases: Releases) -> list[str]:
    """Configurations of five releases, oldest first; the third was rolled back."""
    for _ in range(2):
        cloud.package("churn")
    cloud.package("churn")
    configs = []
    for version in (1, 2, 4, 5, 6):
        cloud.ends = ["rolled-back"] if version == 4 else []
        record = releases.deploy(version).record
        assert record is not None
        configs.append(record["to"]["config"])
    return configs


def test_prune_retains_the_last_verified_and_the_configuration_of_the_stack(
    cloud: Any, releases: Releases, target: Target, five: list[str]
) -> None:
    gone = pruning.prune(releases._clients, target, keep=1)

    assert [config for config, _ in gone] == [five[0], five[1], five[2]]
    assert set(cloud.backend.endpoint_configs) == {FIRST, five[3], five[4]}
    assert len(cloud.backend._models) == 3
    assert len(releases.trail.records()) == 5
    releases.rollback()
    assert cloud.endpoint("ml-prod-churn").endpoint_config_name == five[3]


def test_pruning_twice_deletes_nothing_more(
    releases: Releases, target: Target, five: list[str]
) -> None:
    pruning.prune(releases._clients, target, keep=1)
    assert pruning.prune(releases._clients, target, keep=1) == []


def test_a_dry_run_deletes_nothing(
    cloud: Any, releases: Releases, target: Target, five: list[str]
) -> None:
    assert len(pruning.prune(releases._clients, target, keep=1, dry_run=True)) == 3
    assert set(five) <= set(cloud.backend.endpoint_configs)


def test_prune_within_the_retention_count_deletes_only_failures(
    releases: Releases, target: Target, five: list[str]
) -> None:
    assert [config for config, _ in pruning.prune(releases._clients, target)] == [five[2]]


def test_nothing_is_pruned_while_a_release_is_under_way(
    cloud: Any, releases: Releases, target: Target
) -> None:
    releases.trail.lock({"release": "x"})
    with pytest.raises(Busy):
        pruning.prune(releases._clients, target)


def test_aws_error_is_reported(
    cloud: Any, releases: Releases, target: Target, five: list[str]
) -> None:
    cloud.fail("DeleteEndpointConfig", "ThrottlingException")
    with pytest.raises(
        ReleaseError, match="Pruning stopped: DeleteEndpointConfig: ThrottlingException"
    ):
        pruning.prune(releases._clients, target, keep=1)
    assert len(pruning.prune(releases._clients, target, keep=1)) == 3
