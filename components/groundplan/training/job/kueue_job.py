"""The Kubernetes objects of a run: the Job that Kueue admits and, with several nodes,
the Service that names its pods."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from groundplan.training.job import recording
from groundplan.training.job.kueue_manifest import claim_template, job, service
from groundplan.training.job.spec import TrainingJobSpec


def host(spec: TrainingJobSpec, name: pulumi.Output[str]) -> pulumi.Output[str]:
    """Returns the host of the rendezvous."""
    return (
        name.apply(lambda job: f"{job}-0.{job}")
        if spec.nodes > 1
        else pulumi.Output.from_input("localhost")
    )


class ClusterRun:
    """The Job of a run and, with several nodes, the Service that names its pods."""

    job: kubernetes.batch.v1.Job
    service: kubernetes.core.v1.Service | None
    claim_template: kubernetes.resource.v1.ResourceClaimTemplate | None
    """None for GPUs of the device plugin."""

    def __init__(
        self,
        spec: TrainingJobSpec,
        variables: Mapping[str, Any],
        *,
        job_name: pulumi.Output[str],
        run: pulumi.Output[str],
        record: pulumi.Output[str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        self.service = None
        self.record: kubernetes.core.v1.ConfigMap | None = None
        """The record that the job writes to another store; None on AWS."""
        if spec.nodes > 1:
            headless = service(spec, name=job_name)
            self.service = kubernetes.core.v1.Service(
                f"{spec.name}-service",
                metadata=headless["metadata"],
                spec=headless["spec"],
                opts=opts,
            )
        self.claim_template = None
        if template := claim_template(spec, name=job_name):
            self.claim_template = kubernetes.resource.v1.ResourceClaimTemplate(
                f"{spec.name}-device-claim",
                metadata=template["metadata"],
                spec=template["spec"],
                opts=opts,
            )
        manifest = job(spec, variables, name=job_name, run=run)
        first: list[pulumi.Resource] = [
            found for found in (self.service, self.claim_template) if found is not None
        ]
        if spec.object_store is not None:
            metadata: Any = {"name": job_name, "namespace": spec.cluster.namespace}
            self.record = kubernetes.core.v1.ConfigMap(
                f"{spec.name}-record",
                metadata=metadata,
                data={recording.FILE: record},
                immutable=True,
                opts=opts,
            )
            first.append(self.record)
            uri = variables["GROUNDPLAN_RECORD"]
            recording.add(manifest, spec.object_store, spec.record_image, uri, job_name)
        self.job = kubernetes.batch.v1.Job(
            f"{spec.name}-job",
            metadata=manifest["metadata"],
            spec=manifest["spec"],
            # Kueue sets `suspend`; without this, an update of anything else would
            # suspend a job that runs.
            opts=pulumi.ResourceOptions.merge(
                opts, pulumi.ResourceOptions(depends_on=first, ignore_changes=["spec.suspend"])
            ),
        )
