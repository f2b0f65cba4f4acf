"""TrainingJob: a reproducible training run, on a cluster or on SageMaker."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import arguments, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.training.job import container, kueue_job, record, sagemaker_job, validation
from groundplan.training.job.args import TrainingJobArgs
from groundplan.training.job.choices import RunsOn
from groundplan.training.job.kueue_job import ClusterRun
from groundplan.training.job.sagemaker_job import SageMakerRun
from groundplan.training.job.spec import TrainingJobSpec, resolve


class TrainingJob(Component):
    """A training run: image by digest, code, datasets by version, parameters,
    environment and resources, recorded together.

    The hash of the record is the run's id, and part of the job's name. Unchanged
    arguments are the same run, which no `up` repeats; any change is a new run beside
    the old one. `up` starts a run and does not wait for its end.

    Where arguments are outputs of resources that do not exist yet, a preview shows
    neither id nor job name; the names of the resources in Pulumi's state never depend
    on them. A run on a cluster needs the cluster's provider among the component's
    options.

    With `object_store` nothing is of AWS: the record is in a ConfigMap, and the job
    writes it to the store before it begins.
    """

    run_id: pulumi.Output[str]
    """The run's id: the SHA-256 of its record."""
    job_name: pulumi.Output[str]
    """Name of the Kubernetes Job or of the SageMaker training job."""
    record_uri: pulumi.Output[str]
    """URI of the record in S3."""
    output_uri: pulumi.Output[str]
    """URI of the folder in S3 that the run writes its model to; SageMaker as
    `model.tar.gz`."""

    def __init__(
        self, name: str, args: TrainingJobArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:TrainingJob", name, {}, opts)
        context = Context.of(name, opts)
        valid = arguments.validated(
            "TrainingJob", TrainingJobArgs, args, validation.validate, context
        )
        spec = resolve(name, context.qualified_name, valid)

        text: pulumi.Output[str] = pulumi.Output.from_input(record.document(spec)).apply(
            record.canonical
        )
        self.run_id = text.apply(record.run_id)
        self.job_name = self.run_id.apply(lambda run: f"{spec.job_name}-{record.short(run)}")
        bucket = pulumi.Output.concat("s3://", spec.bucket_name, "/")
        key = pulumi.Output.concat(f"runs/{name}/", self.run_id, "/run.json")
        self.record_uri = pulumi.Output.concat(bucket, key)
        self.record: aws.s3.BucketObjectv2 | None = None
        """The record in the artifact bucket; None with another store, where the job
        writes it."""
        if spec.object_store is None:
            self.record = self._store_record(spec, key, text)
        output = pulumi.Output.concat(bucket, spec.output_prefix, self.run_id)
        checkpoints = pulumi.Output.concat(bucket, spec.checkpoint_prefix, self.run_id)
        # The record is there before the run starts.
        child = pulumi.ResourceOptions(
            parent=self,
            depends_on=[] if self.record is None else [self.record],
            retain_on_delete=spec.keep_runs,
        )
        self.cluster_run: ClusterRun | None = None
        """The Kubernetes objects; None on SageMaker."""
        self.sagemaker_run: SageMakerRun | None = None
        """The AWS resources; None on a cluster."""
        if spec.on is RunsOn.CLUSTER or spec.sagemaker is None:
            self.output_uri = pulumi.Output.concat(output, "/")
            self.cluster_run = ClusterRun(
                spec,
                self._variables(
                    spec, self._uris(spec, checkpoints), kueue_job.host(spec, self.job_name), text
                ),
                job_name=self.job_name,
                run=self.run_id,
                record=text,
                opts=child,
            )
        else:
            self.output_uri = pulumi.Output.concat(output, "/", self.job_name, "/output/")
            host = sagemaker_job.FIRST_HOST if spec.nodes > 1 else "localhost"
            self.sagemaker_run = SageMakerRun(
                spec,
                spec.sagemaker,
                self._variables(spec, self._folders(spec), host, text),
                job_name=self.job_name,
                checkpoints=checkpoints,
                output=output,
                resource_tags=tags.merged(name, spec.tags),
                run_tags=tags.merged(name, {**spec.tags, "groundplan:run-id": self.run_id}),
                opts=child,
                parent=self,
            )
        self.register_outputs(
            {
                "runId": self.run_id,
                "jobName": self.job_name,
                "recordUri": self.record_uri,
                "outputUri": self.output_uri,
            }
        )

    def _store_record(
        self, spec: TrainingJobSpec, key: pulumi.Output[str], text: pulumi.Output[str]
    ) -> aws.s3.BucketObjectv2:
        return aws.s3.BucketObjectv2(
            f"{spec.name}-record",
            bucket=spec.access["bucket_name"],
            key=key,
            content=text,
            content_type="application/json",
            server_side_encryption="aws:kms",
            kms_key_id=spec.access["kms_key_arn"],
            bucket_key_enabled=True,
            checksum_algorithm="SHA256",  # a bucket with Object Lock wants one
            tags=tags.of_object(spec.name),
            # Not protected: a new run's record takes its place in the state. The old
            # one stays in the bucket.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )

    def _variables(
        self,
        spec: TrainingJobSpec,
        locations: dict[str, Any],
        host: pulumi.Input[str],
        text: pulumi.Output[str],
    ) -> dict[str, Any]:
        run = {"id": self.run_id, "record": self.record_uri}
        endpoint = pulumi.Output.concat(host, ":", container.RENDEZVOUS_PORT)
        rendezvous = container.rendezvous(
            spec.nodes, spec.processes_per_node, host, endpoint, self.run_id
        )
        found = container.environment(spec, run, locations) | rendezvous
        if spec.tracking is not None:
            logged = text.apply(lambda record: container.tracking(json.loads(record)))
            found |= {name: logged[name] for name in container.TRACKING}
        return found

    def _uris(self, spec: TrainingJobSpec, checkpoints: pulumi.Output[str]) -> dict[str, Any]:
        return {
            "datasets": {name: dataset["uri"] for name, dataset in spec.datasets.items()},
            "output": self.output_uri,
            "checkpoints": pulumi.Output.concat(checkpoints, "/"),
        }

    def _folders(self, spec: TrainingJobSpec) -> dict[str, Any]:
        return {
            "datasets": {name: f"{container.DATA}/{name}/" for name in spec.datasets},
            "output": f"{container.MODEL}/",
            "checkpoints": f"{container.CHECKPOINTS}/",
        }
