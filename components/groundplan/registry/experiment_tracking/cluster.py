"""MLflow on a cluster: its chart, its database, its accounts, and who reaches it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from groundplan import iam, tags
from groundplan.kubernetes import charts, pod_identity
from groundplan.registry.experiment_tracking import (
    credentials,
    database,
    isolation,
    values,
    versions,
)
from groundplan.registry.experiment_tracking.args import ClusterTrackingArgs
from groundplan.registry.experiment_tracking.database import TrackingDatabase
from groundplan.storage.access import ArtifactAccessArgs, read_statements
from groundplan.storage.encryption_key.encryption_key import EncryptionKey

NAMESPACE = "mlflow"
REACHED_FROM = ("training",)


class ClusterTracking:
    """All of it. What holds data is outside of the cluster: nothing is lost with it."""

    def __init__(
        self,
        name: str,
        args: ClusterTrackingArgs,
        artifacts: ArtifactAccessArgs,
        prefix: str,
        *,
        keep: bool,
        resource_tags: tags.Tags,
        parent: pulumi.Resource,
    ) -> None:
        self._name, self._tags, self._parent, self._keep = name, resource_tags, parent, keep
        self._namespace = args.get("namespace", NAMESPACE)
        child = pulumi.ResourceOptions(parent=parent)
        self.key = None if "kms_key_arn" in args else self._own_key()
        """None if a key was handed in."""
        self.key_arn = self.key.arn if self.key else pulumi.Output.from_input(args["kms_key_arn"])
        asked = args.get("database", {})
        self.database = (
            None
            if "existing" in asked
            else TrackingDatabase(
                name,
                asked,
                asked["network"],
                key_arn=self.key_arn,
                keep=keep,
                resource_tags=resource_tags,
                parent=parent,
            )
        )
        """None if one was handed in."""
        connection = (
            self.database.connection if self.database else database.existing(asked["existing"])
        )
        self.administrator = self._secret("administrator", "Account of MLflow's administrator")
        self.client = self._secret("client", "Account of the programs that log to MLflow")

        self.role = pod_identity.own(
            f"{name}-role",
            iam.pod_identity_trust(),
            [
                *read_statements(artifacts["bucket_arn"], artifacts["kms_key_arn"], prefix),
                *self._secrets_statements(connection),
            ],
            parent=parent,
            resource_tags=resource_tags,
        )
        self.identity = aws.eks.PodIdentityAssociation(
            f"{name}-identity",
            cluster_name=args["cluster_name"],
            namespace=self._namespace,
            service_account=values.SERVICE_ACCOUNT,
            role_arn=self.role.arn,
            tags=dict(resource_tags),
            # Credentials are given to pods when they are made: a role that may nothing
            # yet would fail their first request.
            opts=pulumi.ResourceOptions(parent=parent, depends_on=list(self.role.permissions)),
        )
        self.namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=self._namespace, labels={"pod-security.kubernetes.io/enforce": "restricted"}
            ),
            opts=child,
        )
        inside = self.namespace.metadata.name
        script = Path(credentials.__file__).read_text(encoding="utf-8")
        self.scripts = kubernetes.core.v1.ConfigMap(
            f"{name}-credentials",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=f"{values.NAME}-credentials", namespace=inside
            ),
            data={values.SCRIPT: script},
            opts=child,
        )
        self.isolation = self._isolate(
            args.get("reached_from", REACHED_FROM), inside, connection.port
        )
        self.disruptions = self._disruptions(inside)
        self.release = charts.release(
            f"{name}-mlflow",
            versions.MLFLOW_CHART,
            values.values(
                values.Settings(
                    bucket=artifacts["bucket_name"],
                    prefix=prefix,
                    region=iam.region(pulumi.InvokeOptions(parent=parent)),
                    database=self._told(connection),
                    script_checksum=hashlib.sha256(script.encode()).hexdigest(),
                    hosts=values.hosts(self._namespace),
                    replicas=args.get("replicas", values.REPLICAS),
                    memory_gib=args.get("memory_gib", values.MEMORY_GIB),
                    image=args.get("image", versions.MLFLOW_IMAGE),
                )
            ),
            namespace=self._namespace,
            opts=child,
            depends_on=[
                *connection.ready,
                self.identity,
                self.namespace,
                self.scripts,
                self.isolation,
                self.administrator,
                self.client,
            ],
        )
        # By the release, so that whoever uses it waits until MLflow answers; by its
        # URN, which a preview knows too.
        self.tracking_uri = self.release.urn.apply(
            lambda _: f"http://{values.NAME}.{self._namespace}.svc"
        )

    def calling(self) -> list[iam.Statement]:
        """The statements of a role that logs: it reads the account of programs."""
        return [
            _allow("ReadMlflowAccount", ["secretsmanager:GetSecretValue"], [self.client.arn]),
            _allow("DecryptMlflowAccount", ["kms:Decrypt"], [self.key_arn]),
        ]

    def _own_key(self) -> EncryptionKey:
        return EncryptionKey(
            f"{self._name}-key",
            {
                "description": f"MLflow's database and accounts ({self._name})",
                "deletion_protection": self._keep,
                "tags": self._tags,
            },
            pulumi.ResourceOptions(parent=self._parent),
        )

    def _secret(self, role: str, description: str) -> aws.secretsmanager.Secret:
        """Without a version: the first pod makes the password (`credentials`), so that
        it is in no state and no plan."""
        return aws.secretsmanager.Secret(
            f"{self._name}-{role}",
            description=description,
            kms_key_id=self.key_arn,
            recovery_window_in_days=30 if self._keep else 0,
            tags=dict(self._tags),
            opts=pulumi.ResourceOptions(
                parent=self._parent, protect=self._keep, retain_on_delete=self._keep
            ),
        )

    def _secrets_statements(self, connection: database.Connection) -> list[iam.Statement]:
        accounts = [self.administrator.arn, self.client.arn]
        keys = [
            self.key_arn,
            *([connection.key_arn] if connection.key_arn is not None and not self.database else []),
        ]
        return [
            _allow(
                "ReadCredentials",
                ["secretsmanager:GetSecretValue"],
                [connection.secret_arn, *accounts],
            ),
            _allow("MakeAccounts", ["secretsmanager:PutSecretValue"], accounts),
            # A secret's value is put under a data key of the secret's own key (AWS
            # Secrets Manager User Guide, "Secret encryption and decryption").
            _allow("EncryptAccounts", ["kms:GenerateDataKey"], [self.key_arn]),
            _allow("DecryptCredentials", ["kms:Decrypt"], keys),
        ]

    def _told(self, connection: database.Connection) -> dict[str, pulumi.Input[str]]:
        port: pulumi.Output[int] = pulumi.Output.from_input(connection.port)
        return {
            "DATABASE_HOST": connection.host,
            "DATABASE_PORT": port.apply(str),
            "DATABASE_NAME": connection.name,
            "DATABASE_SECRET_ARN": connection.secret_arn,
            "ADMINISTRATOR_SECRET_ARN": self.administrator.arn,
            "CLIENT_SECRET_ARN": self.client.arn,
        }

    def _isolate(
        self, namespaces: Sequence[str], inside: pulumi.Input[str], database_port: pulumi.Input[int]
    ) -> kubernetes.networking.v1.NetworkPolicy:
        spec: Any = isolation.spec(values.SELECTOR, values.PORT, database_port, namespaces)
        made: kubernetes.networking.v1.NetworkPolicy = kubernetes.networking.v1.NetworkPolicy(
            f"{self._name}-isolation",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=values.NAME, namespace=inside),
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self._parent),
        )
        return made

    def _disruptions(self, inside: pulumi.Input[str]) -> kubernetes.policy.v1.PodDisruptionBudget:
        return kubernetes.policy.v1.PodDisruptionBudget(
            f"{self._name}-disruptions",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=values.NAME, namespace=inside),
            spec=kubernetes.policy.v1.PodDisruptionBudgetSpecArgs(
                max_unavailable=1,
                selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=dict(values.SELECTOR)),
            ),
            opts=pulumi.ResourceOptions(parent=self._parent),
        )


def _allow(
    sid: str, actions: Sequence[str], resources: Sequence[pulumi.Input[str]]
) -> iam.Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}
