import json

from groundplan.training.queues import kueue


def test_the_configuration_is_the_same_text_each_time() -> None:
    assert kueue.configuration() == kueue.configuration()
    assert json.loads(kueue.configuration()) == {
        "apiVersion": "config.kueue.x-k8s.io/v1beta2",
        "kind": "Configuration",
        "health": {"healthProbeBindAddress": ":8081"},
        "metrics": {"bindAddress": ":8443", "enableClusterQueueResources": True},
        "webhook": {"port": 9443},
        "leaderElection": {"leaderElect": True, "resourceName": "c1f6bfd2.kueue.x-k8s.io"},
        "controller": {
            "groupKindConcurrency": {
                "Job.batch": 5,
                "Pod": 5,
                "Workload.kueue.x-k8s.io": 10,
                "LocalQueue.kueue.x-k8s.io": 5,
                "ClusterQueue.kueue.x-k8s.io": 5,
                "ResourceFlavor.kueue.x-k8s.io": 1,
            }
        },
        "clientConnection": {"qps": 300, "burst": 500},
        "waitForPodsReady": {
            "timeout": "30m",
            "recoveryTimeout": "30m",
            "blockAdmission": False,
            "requeuingStrategy": {
                "timestamp": "Eviction",
                "backoffLimitCount": 10,
                "backoffBaseSeconds": 60,
                "backoffMaxSeconds": 3600,
            },
        },
        "manageJobsWithoutQueueName": False,
        "managedJobsNamespaceSelector": {"matchLabels": {"groundplan/jobs": "queued"}},
        "integrations": {
            "frameworks": [
                "batch/job",
                "jobset.x-k8s.io/jobset",
                "kubeflow.org/mpijob",
                "kubeflow.org/pytorchjob",
                "leaderworkerset.x-k8s.io/leaderworkerset",
                "ray.io/raycluster",
                "ray.io/rayjob",
                "ray.io/rayservice",
                "trainer.kubeflow.org/trainjob",
                "deployment",
                "pod",
                "statefulset",
            ]
        },
        "resources": {"excludeResourcePrefixes": ["ephemeral-storage", "hugepages-"]},
        "fairSharing": {
            "preemptionStrategies": ["LessThanOrEqualToFinalShare", "LessThanInitialShare"]
        },
    }


def test_the_chart_receives_it_as_text() -> None:
    values = dict(kueue.chart_values())

    assert values.pop("managerConfig") == {"controllerManagerConfigYaml": kueue.configuration()}
    assert values == {
        "controllerManager": {"replicas": 2, "podDisruptionBudget": {"enabled": True}}
    }


def test_controllers_that_create_pods_are_admitted_as_pods() -> None:
    # Kueue refuses to start with these three but not `pod`
    # (pkg/controller/jobframework, checkEnabledListDependencies).
    needing = {"deployment", "statefulset", "leaderworkerset.x-k8s.io/leaderworkerset"}
    assert needing | {"pod"} <= set(kueue.INTEGRATIONS)
