"""Kueue's own configuration, as the text that its chart takes. It replaces the chart's
default whole, so all of it is here.

Keys: kubernetes-sigs/kueue v0.19.2, apis/config/v1beta2/configuration_types.go, and
charts/kueue/values.yaml, whose default this is where no comment says otherwise. The
chart adds `internalCertManagement` by itself.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

MANAGED: Mapping[str, str] = {"groundplan/jobs": "queued"}
"""The label of the namespaces whose jobs are queued."""

INTEGRATIONS = (
    "batch/job",
    "jobset.x-k8s.io/jobset",
    "kubeflow.org/mpijob",
    "kubeflow.org/pytorchjob",
    "leaderworkerset.x-k8s.io/leaderworkerset",
    "ray.io/raycluster",
    "ray.io/rayjob",
    "ray.io/rayservice",
    "trainer.kubeflow.org/trainjob",
    # Other kinds that create pods, so that there is no way around the queue.
    "deployment",
    "pod",
    "statefulset",
)
"""Kinds whose jobs Kueue admits. It waits for those that aren't installed yet, and
takes them on when they come, without a restart (pkg/controller/jobframework/setup.go,
WaitForAPI)."""

GANG_TIMEOUT = "30m"
"""How long all pods of a job may take to be ready: the start of a GPU node (the cluster
autoscaler gives up after 15 minutes) and the download of an image of 10 to 30 GB."""

GANG_RETRIES = 10
"""With the pauses between them, about ten hours: as long as capacity that EC2 lacks may
take to come. Kueue's default is to try for ever; a job whose image can't start would
then hold GPUs for half an hour each time."""

NOT_COUNTED = ("ephemeral-storage", "hugepages-")
"""Resources that pods ask for and queues have no quotas for: a job that asks for what
is neither here nor in a quota is never admitted. Huge pages go with EFA: they are part
of its nodes, and its pods ask for them."""


def chart_values(
    device_class_mappings: Sequence[Mapping[str, Any]] = (),
) -> Mapping[str, Any]:
    """Returns the values of Kueue's chart. `device_class_mappings`: the resources that
    claims of dynamic resource allocation count as."""
    return {
        # Kueue's webhooks fail closed: while no replica answers, no pod can start in
        # the namespaces whose jobs are queued.
        "controllerManager": {"replicas": 2, "podDisruptionBudget": {"enabled": True}},
        "managerConfig": {"controllerManagerConfigYaml": configuration(device_class_mappings)},
    }


def configuration(device_class_mappings: Sequence[Mapping[str, Any]] = ()) -> str:
    """Returns the configuration as JSON, which is YAML; the same text each time."""
    config: dict[str, Any] = {
        "apiVersion": "config.kueue.x-k8s.io/v1beta2",
        "kind": "Configuration",
        "health": {"healthProbeBindAddress": ":8081"},
        # With the quotas and the use of each ClusterQueue, off by default: what a
        # dashboard of the teams shows.
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
        # Gang admission: all pods of a job run, or the job gives back what it holds and
        # is queued again. 0.19 does so by default (apis/config/v1beta2/defaults.go);
        # said here, with a limit, so that a later default can't take it away.
        "waitForPodsReady": {
            "timeout": GANG_TIMEOUT,
            "recoveryTimeout": GANG_TIMEOUT,  # a pod whose node was lost needs a new node too
            # Would let one job at a time in, and wait for its nodes.
            "blockAdmission": False,
            "requeuingStrategy": {
                "timestamp": "Eviction",
                "backoffLimitCount": GANG_RETRIES,
                "backoffBaseSeconds": 60,
                "backoffMaxSeconds": 3600,
            },
        },
        # Kueue's business is the namespaces with the label, and nothing else: its
        # webhooks, which fail closed, are asked about those only
        # (charts/kueue/templates/webhook/manifests.yaml). With the default a Kueue that
        # doesn't answer would keep every pod outside of kube-system from starting.
        "manageJobsWithoutQueueName": False,
        "managedJobsNamespaceSelector": {"matchLabels": dict(MANAGED)},
        "integrations": {"frameworks": list(INTEGRATIONS)},
        "resources": {
            "excludeResourcePrefixes": list(NOT_COUNTED),
            **(
                {"deviceClassMappings": list(device_class_mappings)}
                if device_class_mappings
                else {}
            ),
        },
        # Off by default: without it the first who comes borrows all that is idle, for
        # as long as the job runs.
        "fairSharing": {
            "preemptionStrategies": ["LessThanOrEqualToFinalShare", "LessThanInitialShare"]
        },
    }
    return json.dumps(config, indent=2) + "\n"
