import re

import pytest
from groundplan.kubernetes.chart_reference import Chart
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


def test_charts_in_oci_registries_have_a_digest_where_one_is_public() -> None:
    charts = [chart for chart in vars(versions).values() if isinstance(chart, Chart)]
    oci = {chart.name: chart.digest for chart in charts if chart.repository.startswith("oci://")}
    assert {name for name, digest in oci.items() if not digest} == {
        "dra-driver-nvidia-gpu",
        "karpenter",
        "karpenter-crd",
        "kubeflow-trainer",
    }
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in oci.values() if digest)


def test_the_newest_kubernetes_version_is_the_last() -> None:
    assert list(versions.KUBERNETES) == sorted(
        versions.KUBERNETES, key=lambda v: [int(part) for part in v.split(".")]
    )
    assert versions.NEWEST == "1.36"
