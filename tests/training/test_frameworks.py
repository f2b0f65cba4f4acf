from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from groundplan.training import frameworks, frameworks_args, versions
from groundplan.training.frameworks import Frameworks

RELEASE = "kubernetes:helm.sh/v3:Release"
RUNTIME = "kubernetes:trainer.kubeflow.org/v1alpha1:ClusterTrainingRuntime"


def install(**wanted: Any) -> Plan:
    def program() -> None:
        provider = kubernetes.Provider("cluster", kubeconfig="{}")
        kueue = kubernetes.core.v1.Namespace(
            "kueue", opts=pulumi.ResourceOptions(provider=provider)
        )
        args: Any = wanted
        spec = frameworks_args.resolve(args)
        Frameworks("ml", spec, kueue=kueue, opts=pulumi.ResourceOptions(provider=provider))

    return deploy(program)


@pytest.mark.parametrize(
    ("wanted", "charts"),
    [
        ({}, []),
        ({"ray": False, "trainer": False, "jobset": False}, []),
        ({"ray": True}, ["kuberay-operator"]),
        ({"jobset": True}, ["jobset"]),
        ({"trainer": True}, ["jobset", "kubeflow-trainer"]),
        ({"trainer": True, "jobset": False}, ["jobset", "kubeflow-trainer"]),
        ({"trainer": True, "ray": True}, ["jobset", "kubeflow-trainer", "kuberay-operator"]),
    ],
)
def test_what_is_asked_for_comes_with_what_it_needs(wanted: Any, charts: list[str]) -> None:
    assert [
        framework.chart.name for framework in frameworks.charts_of(frameworks_args.resolve(wanted))
    ] == charts
    assert list(install(**wanted).all(RELEASE)) == [f"ml-{chart}" for chart in charts]


def test_each_comes_pinned_from_its_own_registry_into_a_namespace_of_its_own() -> None:
    releases = install(ray=True, trainer=True).all(RELEASE)

    keys = ("chart", "version", "namespace", "createNamespace")
    assert {name: tuple(r.inputs[key] for key in keys) for name, r in releases.items()} == {
        "ml-jobset": (
            f"oci://registry.k8s.io/jobset/charts/jobset@{versions.JOBSET.digest}",
            "0.12.0",
            "jobset-system",
            True,
        ),
        "ml-kubeflow-trainer": (
            "oci://ghcr.io/kubeflow/charts/kubeflow-trainer",
            "2.2.1",
            "kubeflow-system",
            True,
        ),
        "ml-kuberay-operator": ("kuberay-operator", "1.7.0", "ray-system", True),
    }
    ray = releases["ml-kuberay-operator"].inputs
    assert ray["repositoryOpts"] == {"repo": "https://ray-project.github.io/kuberay-helm/"}
    assert releases["ml-kubeflow-trainer"].inputs["values"] == {"jobset": {"install": False}}


def test_they_come_after_kueue_and_trainer_after_the_jobsets_that_it_creates() -> None:
    plan = install(ray=True, trainer=True)

    assert all("kueue" in plan.dependencies(release) for release in plan.all(RELEASE).values())
    assert "ml-jobset" in plan.dependencies(plan.one(RELEASE, "ml-kubeflow-trainer"))
    assert "ml-jobset" not in plan.dependencies(plan.one(RELEASE, "ml-kuberay-operator"))


def test_trainer_brings_the_runtime_that_its_sdk_asks_for() -> None:
    plan = install(trainer=True)

    runtime = plan.one(RUNTIME, "ml-torch-runtime")
    assert runtime.inputs == {
        "apiVersion": "trainer.kubeflow.org/v1alpha1",
        "kind": "ClusterTrainingRuntime",
        "metadata": {
            "name": "torch-distributed",
            "labels": {"trainer.kubeflow.org/framework": "torch"},
        },
        "spec": {
            "mlPolicy": {"numNodes": 1, "torch": {}},
            "template": {
                "spec": {
                    "replicatedJobs": [
                        {
                            "name": "node",
                            "template": {
                                "metadata": {
                                    "labels": {
                                        "trainer.kubeflow.org/trainjob-ancestor-step": "trainer"
                                    }
                                },
                                "spec": {
                                    "template": {
                                        "spec": {
                                            "containers": [
                                                {
                                                    "name": "node",
                                                    "image": versions.TORCH_IMAGE,
                                                }
                                            ]
                                        }
                                    }
                                },
                            },
                        }
                    ]
                }
            },
        },
    }
    assert "ml-kubeflow-trainer" in plan.dependencies(runtime)
    assert not install(jobset=True).all(RUNTIME)
