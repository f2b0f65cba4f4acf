"""MLflow on a cluster: its chart, its database, its accounts and its network policy."""

import hashlib
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from groundplan import iam, tags
from groundplan.kubernetes import charts, pod_identity, pod_security
from groundplan.kubernetes.pod_security import PodSecurity
from groundplan.registry.experiment_tracking import (
    credentials,
    database,
    isolation,
    values,
    versions,
)
from groundplan.registry.experiment_tracking.database import Connection, TrackingDatabase
from groundplan.registry.experiment_tracking.spec import Artifacts, Cluster, Database
from groundplan.storage.access import read_statements
from groundplan.storage.encryption_key.encryption_key import EncryptionKey

SHARED = (
    "The namespaces {} share one MLflow: its programs have one account and one folder of the "
    "bucket, so the jobs of each read, change and delete the experiments of the others. Teams "
    "that must not need an ExperimentTracking each."
)
"""MLflow separates tenants by its workspaces only, which are not configured here
(mlflow.org, "Workspaces")."""


class ClusterTracking:
    """MLflow on a cluster. All data is outside of the cluster, and survives it."""

    def __init__(
        self,
        name: str,
        spec: Cluster,
        artifacts: Artifacts,
        *,
        protected: bool,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        self._name, self._spec, self._artifacts = name, spec, artifacts
        self._protected, self._tags, self._parent = protected, resource_tags, parent
        self._child = pulumi.ResourceOptions(parent=parent)

        self.key: EncryptionKey | None = None
        """None with an existing key."""
        if spec.kms_key_arn is None:
            self.key = self._create_key()
            self.key_arn = self.key.arn
        else:
            self.key_arn = pulumi.Output.from_input(spec.kms_key_arn)
        self.database: TrackingDatabase | None = None
        """None with an existing database."""
        connection = self._connect()
        self.administrator = self._create_secret(
            "administrator", "Account of MLflow's administrator"
        )
        self.client = self._create_secret("client", "Account of the programs that log to MLflow")
        self._create_identity(connection)
        self._create_namespace()
        if len(spec.reached_from) > 1:
            pulumi.log.warn(SHARED.format(", ".join(spec.reached_from)), parent)
        self.isolation = self._create_network_policy(connection)
        self.disruptions = self._create_disruption_budget()
        self.release = self._create_release(connection)
        # Depends on the release, so that consumers wait until MLflow responds; by its
        # URN, which a preview knows too.
        self.tracking_uri = self.release.urn.apply(
            lambda _: f"http://{values.NAME}.{spec.namespace}.svc"
        )

    def call_statements(self) -> list[iam.Statement]:
        """Returns the permissions of a role that logs: to read the programs'
        account."""
        return [
            iam.allow("ReadMlflowAccount", ["secretsmanager:GetSecretValue"], [self.client.arn]),
            iam.allow("DecryptMlflowAccount", ["kms:Decrypt"], [self.key_arn]),
        ]

    def _create_key(self) -> EncryptionKey:
        return EncryptionKey(
            f"{self._name}-key",
            {
                "description": f"MLflow's database and accounts ({self._name})",
                "services": ["logs"],
                "deletion_protection": self._protected,
                "tags": self._tags,
            },
            pulumi.ResourceOptions(parent=self._parent),
        )

    def _connect(self) -> Connection:
        """Returns the connection to the database, which it creates unless it exists."""
        if not isinstance(self._spec.database, Database):
            return database.existing_connection(self._spec.database)
        self.database = TrackingDatabase(
            self._name,
            self._spec.database,
            key_arn=self.key_arn,
            protected=self._protected,
            resource_tags=self._tags,
            parent=self._parent,
        )
        return self.database.connection

    def _create_secret(self, role: str, description: str) -> aws.secretsmanager.Secret:
        """Creates a secret without a version: the first pod generates the password
        (`credentials`), so that it is in no state and no plan."""
        return aws.secretsmanager.Secret(
            f"{self._name}-{role}",
            description=description,
            kms_key_id=self.key_arn,
            recovery_window_in_days=30 if self._protected else 0,
            tags=dict(self._tags),
            opts=pulumi.ResourceOptions(
                parent=self._parent, protect=self._protected, retain_on_delete=self._protected
            ),
        )

    def _create_identity(self, connection: Connection) -> None:
        artifacts = self._artifacts
        self.role = pod_identity.own(
            f"{self._name}-role",
            iam.pod_identity_trust(
                self._spec.cluster_name, pulumi.InvokeOptions(parent=self._parent)
            ),
            [
                *read_statements(artifacts.bucket_arn, artifacts.kms_key_arn, artifacts.prefix),
                *self._secrets_statements(connection),
            ],
            parent=self._parent,
            resource_tags=self._tags,
        )
        self.identity = aws.eks.PodIdentityAssociation(
            f"{self._name}-identity",
            cluster_name=self._spec.cluster_name,
            namespace=self._spec.namespace,
            service_account=values.SERVICE_ACCOUNT,
            role_arn=self.role.arn,
            tags=dict(self._tags),
            # Pods receive credentials when they start: a role without permissions would
            # fail their first request.
            opts=pulumi.ResourceOptions(
                parent=self._parent, depends_on=list(self.role.permissions)
            ),
        )

    def _secrets_statements(self, connection: Connection) -> list[iam.Statement]:
        accounts = [self.administrator.arn, self.client.arn]
        keys: list[pulumi.Input[str]] = [self.key_arn]
        if self.database is None and connection.key_arn is not None:
            keys.append(connection.key_arn)
        return [
            iam.allow(
                "ReadCredentials",
                ["secretsmanager:GetSecretValue"],
                [connection.secret_arn, *accounts],
            ),
            iam.allow("WriteAccounts", ["secretsmanager:PutSecretValue"], accounts),
            # A secret's value is encrypted with a data key of the secret's own key (AWS
            # Secrets Manager User Guide, "Secret encryption and decryption").
            iam.allow("EncryptAccounts", ["kms:GenerateDataKey"], [self.key_arn]),
            iam.allow("DecryptCredentials", ["kms:Decrypt"], keys),
        ]

    def _create_namespace(self) -> None:
        """Creates the namespace, and the script that its pods run."""
        enforced = {f"{pod_security.PREFIX}/enforce": PodSecurity.RESTRICTED.value}
        self.namespace = kubernetes.core.v1.Namespace(
            f"{self._name}-namespace",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=self._spec.namespace, labels=enforced),
            opts=self._child,
        )
        self._script = Path(credentials.__file__).read_text(encoding="utf-8")
        self.scripts = kubernetes.core.v1.ConfigMap(
            f"{self._name}-credentials",
            metadata=self._metadata(f"{values.NAME}-credentials"),
            data={values.SCRIPT: self._script},
            opts=self._child,
        )

    def _create_network_policy(
        self, connection: Connection
    ) -> kubernetes.networking.v1.NetworkPolicy:
        spec: Any = isolation.policy_spec(
            values.SELECTOR, values.PORT, connection.port, self._spec.reached_from
        )
        policy: kubernetes.networking.v1.NetworkPolicy = kubernetes.networking.v1.NetworkPolicy(
            f"{self._name}-isolation",
            metadata=self._metadata(values.NAME),
            spec=spec,
            opts=self._child,
        )
        return policy

    def _create_disruption_budget(self) -> kubernetes.policy.v1.PodDisruptionBudget:
        return kubernetes.policy.v1.PodDisruptionBudget(
            f"{self._name}-disruptions",
            metadata=self._metadata(values.NAME),
            spec=kubernetes.policy.v1.PodDisruptionBudgetSpecArgs(
                max_unavailable=1,
                selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=dict(values.SELECTOR)),
            ),
            opts=self._child,
        )

    def _create_release(self, connection: Connection) -> kubernetes.helm.v3.Release:
        spec, artifacts = self._spec, self._artifacts
        inputs = values.ChartInputs(
            bucket=artifacts.bucket_name,
            prefix=artifacts.prefix,
            region=iam.region(pulumi.InvokeOptions(parent=self._parent)),
            database=self._environment(connection),
            script_checksum=hashlib.sha256(self._script.encode()).hexdigest(),
            hosts=values.hosts(spec.namespace),
            replicas=spec.replicas,
            memory_gib=spec.memory_gib,
            image=spec.image,
        )
        return charts.release(
            f"{self._name}-mlflow",
            versions.MLFLOW_CHART,
            values.values(inputs),
            namespace=spec.namespace,
            opts=self._child,
            depends_on=[
                *connection.resources,
                self.identity,
                self.namespace,
                self.scripts,
                self.isolation,
                self.administrator,
                self.client,
            ],
        )

    def _environment(self, connection: Connection) -> dict[str, pulumi.Input[str]]:
        """Returns the environment variables of `credentials`."""
        port: pulumi.Output[int] = pulumi.Output.from_input(connection.port)
        return {
            "DATABASE_HOST": connection.host,
            "DATABASE_PORT": port.apply(str),
            "DATABASE_NAME": connection.name,
            "DATABASE_SECRET_ARN": connection.secret_arn,
            "ADMINISTRATOR_SECRET_ARN": self.administrator.arn,
            "CLIENT_SECRET_ARN": self.client.arn,
        }

    def _metadata(self, name: str) -> kubernetes.meta.v1.ObjectMetaArgs:
        namespace = self.namespace.metadata.name
        return kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=namespace)
