"""ExperimentTracking: MLflow, run by SageMaker or on a cluster, with the artifact
bucket as its artifact store."""

from dataclasses import replace

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.arguments import validated
from groundplan.component import Component
from groundplan.context import Context
from groundplan.problems import MISSING, Problem
from groundplan.registry.experiment_tracking.args import ExperimentTrackingArgs
from groundplan.registry.experiment_tracking.cluster import ClusterTracking
from groundplan.registry.experiment_tracking.managed import ManagedTracking
from groundplan.registry.experiment_tracking.spec import Managed, TrackingSpec, resolve
from groundplan.registry.experiment_tracking.validation import validate
from groundplan.sagemaker import mlflow
from groundplan.sagemaker.mlflow import TrackingAccessArgs


class ExperimentTracking(Component):
    """MLflow: parameters, metrics and files of all runs. The argument `server` selects
    who runs it; the outputs are the same.

    Programs write files directly to the artifact bucket, with the permissions that
    `grant_log` gives their role.
    """

    tracking_uri: pulumi.Output[str]
    """Value of `MLFLOW_TRACKING_URI`: the app's ARN (with the package
    `sagemaker-mlflow`), or a URL in the cluster."""
    artifact_uri: pulumi.Output[str]
    """URI of the folder of the files."""
    tracking_arn: pulumi.Output[str | None]
    """ARN of SageMaker's app; null on a cluster."""
    credentials_secret_arn: pulumi.Output[str | None]
    """ARN of the secret with the account of programs that log, JSON with `username` and
    `password`; null with SageMaker, which authenticates them by their roles."""
    administrator_secret_arn: pulumi.Output[str | None]
    """ARN of the secret with the administrator's account, of the same form; null with
    SageMaker."""

    def __init__(
        self, name: str, args: ExperimentTrackingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:ExperimentTracking", name, {}, opts)
        # The provider may be inherited from a parent.
        provider = self.get_provider("kubernetes:core/v1:Namespace")
        context = replace(Context.of(name, opts), has_kubernetes_provider=provider is not None)
        valid = validated("ExperimentTracking", ExperimentTrackingArgs, args, validate, context)
        spec = resolve(valid, context)
        self._name, self._artifacts = name, spec.artifacts

        self.artifact_uri = pulumi.Output.concat(
            "s3://", spec.artifacts.bucket_name, "/", spec.artifacts.prefix.rstrip("/")
        )
        self.managed: ManagedTracking | None = None
        """SageMaker's app with its role; None on a cluster."""
        self.cluster: ClusterTracking | None = None
        """Database, accounts, identity and release; None with SageMaker."""
        self._create_server(spec)
        self.register_outputs(
            {
                "trackingUri": self.tracking_uri,
                "artifactUri": self.artifact_uri,
                "trackingArn": self.tracking_arn,
                "credentialsSecretArn": self.credentials_secret_arn,
                "administratorSecretArn": self.administrator_secret_arn,
            }
        )

    def _create_server(self, spec: TrackingSpec) -> None:
        resource_tags, none = tags.merged(self._name, spec.tags), pulumi.Output.from_input(None)
        if isinstance(spec.runtime, Managed):
            self.managed = ManagedTracking(
                self._name,
                spec.runtime,
                spec.artifacts,
                artifact_uri=self.artifact_uri,
                protected=spec.deletion_protection,
                resource_tags=resource_tags,
                parent=self,
            )
            self.tracking_uri = self.managed.app.arn
            self.tracking_arn = pulumi.Output.from_input(self.managed.app.arn)
            self.credentials_secret_arn = self.administrator_secret_arn = none
            return
        self.cluster = ClusterTracking(
            self._name,
            spec.runtime,
            spec.artifacts,
            protected=spec.deletion_protection,
            resource_tags=resource_tags,
            parent=self,
        )
        self.tracking_uri = self.cluster.tracking_uri
        self.tracking_arn = none
        self.credentials_secret_arn = pulumi.Output.from_input(self.cluster.client.arn)
        self.administrator_secret_arn = pulumi.Output.from_input(self.cluster.administrator.arn)

    @property
    def access(self) -> TrackingAccessArgs:
        """The argument `tracking` of a `TrainingJob` that logs to this MLflow."""
        access: TrackingAccessArgs = {
            "tracking_uri": self.tracking_uri,
            "bucket_arn": self._artifacts.bucket_arn,
            "kms_key_arn": self._artifacts.kms_key_arn,
            "prefix": self._artifacts.prefix,
        }
        if self.managed is not None:
            access["tracking_arn"] = self.managed.app.arn
        return access

    def grant_log(
        self, role: aws.iam.Role | pulumi.Input[str], name: str | None = None
    ) -> aws.iam.RolePolicy:
        """Allows a role to log runs: to call MLflow, and to read and write files in its
        folder of the bucket.

        `role` is the role or its name. The policy is named after the role, or by
        `name`, which is required where the role's name is an output.
        """
        label = name or (role.pulumi_resource_name if isinstance(role, aws.iam.Role) else role)
        problems = []
        if isinstance(role, str) and ":" in role:
            fix = "use its name, not its ARN"
            problems.append(Problem("role", role, "a role, or the name of one", fix))
        if not isinstance(label, str):
            allowed = "a short name for the policy, as the role's own name is an output"
            fix = 'name the grant, such as name="trainer"'
            problems.append(Problem("name", MISSING, allowed, fix))
        arguments.require("ExperimentTracking.grant_log", self._name, problems)
        calls = self.cluster.call_statements() if self.cluster else []
        statements = mlflow.log_statements(self.access, calls)
        return aws.iam.RolePolicy(
            f"{self._name}-log-{label}",
            role=role.name if isinstance(role, aws.iam.Role) else role,
            policy=iam.document(statements),
            opts=pulumi.ResourceOptions(parent=self),
        )
