"""ExperimentTracking: MLflow, as SageMaker runs it or on a cluster, with the artifact
bucket behind it."""

import pulumi
import pulumi_aws as aws

from groundplan import arguments, iam, tags
from groundplan.component import Component
from groundplan.context import Context
from groundplan.problems import MISSING, Problem
from groundplan.registry.experiment_tracking import managed, validation
from groundplan.registry.experiment_tracking.args import ExperimentTrackingArgs
from groundplan.registry.experiment_tracking.choices import TrackingServer
from groundplan.registry.experiment_tracking.cluster import ClusterTracking
from groundplan.registry.experiment_tracking.managed import ManagedTracking
from groundplan.storage.access import read_statements, write_statements


class ExperimentTracking(Component):
    """MLflow: parameters, metrics and files of all runs. One argument chooses who runs
    it; the outputs stay the same.

    Files go to the artifact bucket, straight from the programs that log them, with
    their own permissions: `grant_log`.
    """

    tracking_uri: pulumi.Output[str]
    """What `MLFLOW_TRACKING_URI` has to be: the app's ARN (with the package
    `sagemaker-mlflow`), or a URL in the cluster."""
    artifact_uri: pulumi.Output[str]
    """URI of the folder that files go to."""
    tracking_arn: pulumi.Output[str | None]
    """ARN of SageMaker's app; null on a cluster."""
    credentials_secret_arn: pulumi.Output[str | None]
    """ARN of the secret with the account of programs that log, JSON with `username` and
    `password`; null with SageMaker, which knows them by their roles."""
    administrator_secret_arn: pulumi.Output[str | None]
    """ARN of the secret with the administrator's account, of the same form; null with
    SageMaker."""

    def __init__(
        self, name: str, args: ExperimentTrackingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:ExperimentTracking", name, {}, opts)
        context = Context.of(name, opts)
        checked = arguments.validated(
            "ExperimentTracking", ExperimentTrackingArgs, args, validation.validate, context
        )
        self._name, self._artifacts = name, checked["artifacts"]
        self._prefix = checked.get("artifact_prefix", validation.PREFIX)
        labels = tags.merged(name, checked.get("tags"))
        keep = checked.get("deletion_protection", True)

        self.artifact_uri = pulumi.Output.concat(
            "s3://", self._artifacts["bucket_name"], "/", self._prefix.rstrip("/")
        )
        self.managed: ManagedTracking | None = None
        """SageMaker's app with its role; None on a cluster."""
        self.cluster: ClusterTracking | None = None
        """Database, accounts, identity and release; None with SageMaker."""
        if checked["server"] is TrackingServer.MANAGED:
            self.managed = ManagedTracking(
                name,
                checked.get("managed", {}),
                self._artifacts,
                self._prefix,
                artifact_uri=self.artifact_uri,
                keep=keep,
                resource_tags=labels,
                parent=self,
            )
            self.tracking_uri = self.managed.app.arn
            self.tracking_arn = pulumi.Output.from_input(self.managed.app.arn)
            self.credentials_secret_arn = self.administrator_secret_arn = pulumi.Output.from_input(
                None
            )
        else:
            self.cluster = ClusterTracking(
                name,
                checked["cluster"],
                self._artifacts,
                self._prefix,
                keep=keep,
                resource_tags=labels,
                parent=self,
            )
            self.tracking_uri = self.cluster.tracking_uri
            self.tracking_arn = pulumi.Output.from_input(None)
            self.credentials_secret_arn = pulumi.Output.from_input(self.cluster.client.arn)
            self.administrator_secret_arn = pulumi.Output.from_input(self.cluster.administrator.arn)
        self.register_outputs(
            {
                "trackingUri": self.tracking_uri,
                "artifactUri": self.artifact_uri,
                "trackingArn": self.tracking_arn,
                "credentialsSecretArn": self.credentials_secret_arn,
                "administratorSecretArn": self.administrator_secret_arn,
            }
        )

    def grant_log(
        self, role: aws.iam.Role | pulumi.Input[str], name: str | None = None
    ) -> aws.iam.RolePolicy:
        """Lets a role log runs: call MLflow, and read and write files in its folder of
        the bucket.

        `role` is the role or its name. The policy is named after the role, or by
        `name`, which is needed where the role's name is an output.
        """
        whose = role.pulumi_resource_name if isinstance(role, aws.iam.Role) else role
        label = name or whose
        found = []
        if isinstance(role, str) and ":" in role:
            found.append(
                Problem("role", role, "a role, or the name of one", "give its name, not its ARN")
            )
        if not isinstance(label, str):
            allowed = "a short name, as the policy can't be named after a role whose own name is an output"
            found.append(
                Problem("name", MISSING, allowed, 'give the grant a name, such as name="trainer"')
            )
        arguments.require("ExperimentTracking.grant_log", self._name, found)
        bucket, key = self._artifacts["bucket_arn"], self._artifacts["kms_key_arn"]
        statements: list[iam.Statement] = [
            *(managed.calling(self.managed.app.arn) if self.managed else []),
            *(self.cluster.calling() if self.cluster else []),
            *read_statements(bucket, key, self._prefix),
            *write_statements(bucket, key, self._prefix),
        ]
        return aws.iam.RolePolicy(
            f"{self._name}-log-{label}",
            role=role.name if isinstance(role, aws.iam.Role) else role,
            policy=iam.document(statements),
            opts=pulumi.ResourceOptions(parent=self),
        )
