import re

import pytest
from groundplan.training import versions
from groundplan.training.cluster import addons


@pytest.mark.parametrize("minor", versions.KUBERNETES)
def test_every_kubernetes_version_pins_every_addon(minor: str) -> None:
    pins = versions.KUBERNETES[minor].addons

    assert set(pins) == {*addons.BEFORE_NODES, *addons.AFTER_NODES, *addons.VOLUME_DRIVERS.values()}
    assert all(re.fullmatch(r"v\d+\.\d+\.\d+-eksbuild\.\d+", version) for version in pins.values())


@pytest.mark.parametrize("minor", versions.KUBERNETES)
def test_kube_proxy_and_the_autoscaler_have_the_minor_version_of_their_cluster(minor: str) -> None:
    assert versions.KUBERNETES[minor].addons["kube-proxy"].startswith(f"v{minor}.")
    assert versions.KUBERNETES[minor].autoscaler.startswith(f"v{minor}.")


def test_the_newest_kubernetes_version_is_the_last() -> None:
    assert list(versions.KUBERNETES) == sorted(
        versions.KUBERNETES, key=lambda v: [int(part) for part in v.split(".")]
    )
    assert versions.NEWEST == "1.36"
