"""The frameworks for jobs over several pods: KubeRay, Kubeflow Trainer and JobSet, as
Helm releases.

None of the charts has a schema. The only value that is set is Trainer's
`jobset.install`, which its values.yaml documents (kubeflow/trainer v2.2.1,
charts/kubeflow-trainer): JobSet has a release of its own, so that its version is pinned
like the others, and it stays when Trainer goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan.kubernetes import charts, ray_jobs
from groundplan.kubernetes.chart_reference import Chart
from groundplan.training import versions
from groundplan.training.frameworks_args import FrameworksSpec


@dataclass(frozen=True)
class Framework:
    """A chart with its namespace and values."""

    chart: Chart
    namespace: str
    values: Mapping[str, Any] = field(default_factory=dict)


JOBSET = Framework(versions.JOBSET, "jobset-system")
TRAINER = Framework(versions.TRAINER, "kubeflow-system", {"jobset": {"install": False}})
RAY = Framework(versions.KUBERAY, ray_jobs.NAMESPACE)


def charts_of(spec: FrameworksSpec) -> list[Framework]:
    """Returns the charts of the frameworks, in the order of their installation."""
    selected = ((spec.jobset, JOBSET), (spec.trainer, TRAINER), (spec.ray, RAY))
    return [framework for installed, framework in selected if installed]


class Frameworks:
    """The releases of the frameworks, and the runtime that TrainJobs name."""

    releases: dict[str, kubernetes.helm.v3.Release]
    """By the chart's name."""
    runtime: kubernetes.apiextensions.CustomResource | None

    def __init__(
        self,
        name: str,
        spec: FrameworksSpec,
        *,
        kueue: pulumi.Resource,
        opts: pulumi.ResourceOptions,
    ) -> None:
        self.releases, self.runtime = {}, None
        for framework in charts_of(spec):
            self.releases[framework.chart.name] = charts.release(
                f"{name}-{framework.chart.name}",
                framework.chart,
                framework.values,
                namespace=framework.namespace,
                create_namespace=True,
                # After Kueue, which needs none of them to be there first: so that no
                # job is in flight when they go, before it. Trainer's controller watches
                # JobSets, and gives up where there is no such kind.
                depends_on=[kueue, *self.releases.values()] if framework is TRAINER else [kueue],
                opts=opts,
            )
        if spec.trainer:
            trainer = self.releases[versions.TRAINER.name]
            self.runtime = torch_runtime(
                f"{name}-torch-runtime",
                pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[trainer])),
            )


def torch_runtime(
    name: str, opts: pulumi.ResourceOptions
) -> kubernetes.apiextensions.CustomResource:
    """Creates the ClusterTrainingRuntime by the name that Kubeflow's SDK and
    documentation use.

    Not by the chart's own `runtimes.torchDistributed`: the object would come in one go
    with the webhook that judges it, and fail while that starts (kubeflow/trainer
    v2.2.1, charts/kubeflow-trainer/templates/runtimes, whose content this is).
    """
    container = {"name": "node", "image": versions.TORCH_IMAGE}
    node = {
        "name": "node",
        "template": {
            "metadata": {"labels": {"trainer.kubeflow.org/trainjob-ancestor-step": "trainer"}},
            "spec": {"template": {"spec": {"containers": [container]}}},
        },
    }
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version="trainer.kubeflow.org/v1alpha1",
        kind="ClusterTrainingRuntime",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(
            name="torch-distributed", labels={"trainer.kubeflow.org/framework": "torch"}
        ),
        spec={
            "mlPolicy": {"numNodes": 1, "torch": {}},
            "template": {"spec": {"replicatedJobs": [node]}},
        },
        opts=opts,
    )
