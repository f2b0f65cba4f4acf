from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest
from groundplan.facts import instances
from groundplan.testing import deploy
from groundplan.training import versions
from groundplan.training.choices import ImageFamily
from groundplan.training.nodes import device_plugins
from groundplan.training.nodes.pool import Pool


def pool(
    name: str, instance: str, image: ImageFamily = ImageFamily.AL2023, efa: bool = False
) -> Pool:
    resolved = instances.find(instance)
    assert resolved is not None
    return Pool(
        name, resolved, min_size=0, max_size=2, desired_size=0, disk_gib=200, image=image, efa=efa
    )


GPU = pool("gpu", "g5.12xlarge")
ROCKET = pool("rocket", "g5.12xlarge", ImageFamily.BOTTLEROCKET)
EFA_GPU = pool("big", "p5.48xlarge", efa=True)
NEURON = pool("trn", "trn1.32xlarge")
CPU = pool("cpu", "c7i.4xlarge")


@pytest.mark.parametrize(
    ("pools", "charts"),
    [
        ([], []),
        ([CPU], []),
        ([GPU], ["nvidia-device-plugin"]),
        ([ROCKET], []),
        ([NEURON], ["neuron-helm-chart"]),
        ([EFA_GPU], ["nvidia-device-plugin", "aws-efa-k8s-device-plugin"]),
        (
            [pool("rocket", "p5.48xlarge", ImageFamily.BOTTLEROCKET, efa=True)],
            ["aws-efa-k8s-device-plugin"],
        ),
        (
            [CPU, GPU, NEURON, EFA_GPU],
            ["nvidia-device-plugin", "neuron-helm-chart", "aws-efa-k8s-device-plugin"],
        ),
    ],
)
def test_each_plugin_comes_where_a_pool_needs_it(pools: list[Pool], charts: list[str]) -> None:
    assert [plugin.chart.name for plugin in device_plugins.which(pools)] == charts


def test_nvidia_has_the_values_of_its_chart_where_all_gpu_nodes_need_it() -> None:
    assert device_plugins.nvidia_values([GPU, EFA_GPU, CPU]) == {}


def test_nvidia_stays_off_bottlerocket_which_has_it_built_in() -> None:
    expressions = [
        {"key": "nvidia.com/gpu.present", "operator": "In", "values": ["true"]},
        {"key": "groundplan/pool", "operator": "In", "values": ["big", "gpu"]},
    ]
    assert device_plugins.nvidia_values([GPU, ROCKET, EFA_GPU]) == {
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [{"matchExpressions": expressions}]
                }
            }
        }
    }


def test_efa_selects_the_label_and_tolerates_the_taints_of_pools() -> None:
    values = device_plugins.EFA_VALUES

    assert values["supportedInstanceLabels"] == {
        "keys": ["vpc.amazonaws.com/efa.present"],
        "values": ["true"],
    }
    assert EFA_GPU.labels["vpc.amazonaws.com/efa.present"] == "true"
    tolerated = {(t["key"], t["operator"], t["effect"]) for t in values["tolerations"]}
    for node_pool in (EFA_GPU, NEURON, CPU):
        assert {(taint.key, "Exists", "NoSchedule") for taint in node_pool.taints} <= tolerated


def test_neuron_is_the_plugin_alone() -> None:
    assert device_plugins.NEURON_VALUES == {"npd": {"enabled": False}}


def test_the_releases() -> None:
    def program() -> None:
        provider = k8s.Provider("cluster", kubeconfig="{}")
        releases = device_plugins.install(
            "training", [GPU, NEURON, EFA_GPU], opts=pulumi.ResourceOptions(provider=provider)
        )
        assert set(releases) == {
            "nvidia-device-plugin",
            "neuron-helm-chart",
            "aws-efa-k8s-device-plugin",
        }

    plan = deploy(program)
    releases: dict[str, Any] = plan.all("kubernetes:helm.sh/v3:Release")
    assert {
        name: (r.inputs["chart"], r.inputs["version"], r.inputs["namespace"])
        for name, r in releases.items()
    } == {
        "training-nvidia-device-plugin": ("nvidia-device-plugin", "0.20.0", "kube-system"),
        "training-neuron-helm-chart": (
            f"oci://public.ecr.aws/neuron/neuron-helm-chart@{versions.NEURON_DEVICE_PLUGIN.digest}",
            "1.10.0",
            "kube-system",
        ),
        "training-aws-efa-k8s-device-plugin": (
            "aws-efa-k8s-device-plugin",
            "v0.5.30",
            "kube-system",
        ),
    }
    assert releases["training-aws-efa-k8s-device-plugin"].inputs["repositoryOpts"] == {
        "repo": versions.EFA_DEVICE_PLUGIN.repository
    }
