"""What carries the runs of a DataPipeline on a Kubernetes cluster: a CronJob, which
creates jobs in a queue, and the identities of both."""

import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi_kubernetes import batch, core, networking, rbac

from groundplan import iam, tags
from groundplan.data.pipeline import job_plans
from groundplan.data.pipeline.cluster import alarms, objects, permissions
from groundplan.data.pipeline.cluster.driver_settings import driver_settings
from groundplan.data.pipeline.engine.cluster import manifests
from groundplan.data.pipeline.spec import ClusterPipelineSpec
from groundplan.data.pipeline.tables import Tables
from groundplan.kubernetes import driver_cron_job, pod_identity
from groundplan.kubernetes.pod_identity import Role

SCRIPT, CHECK, DRIVER = manifests.SCRIPT, manifests.CHECK, objects.DRIVER


class ClusterPipeline:
    """The objects of the namespace, and the roles of its pods."""

    def __init__(
        self, spec: ClusterPipelineSpec, catalog: Tables | None, parent: pulumi.Resource
    ) -> None:
        self._spec, self._catalog, self._parent = spec, catalog, parent
        self._child = pulumi.ResourceOptions(parent=parent)
        self._tags = tags.merged(spec.name, spec.tags)
        self.script = aws.s3.BucketObjectv2(
            f"{spec.name}-script",
            bucket=spec.bucket["bucket_name"],
            key=spec.container.script_key,
            content=spec.container.script,
            content_type="text/x-python",
            kms_key_id=spec.bucket["kms_key_arn"],
            tags=tags.of_object(spec.name),
            opts=self._child,
        )
        self.service_accounts: dict[str, core.v1.ServiceAccount] = {}
        """By what they run: driver, script, check."""
        self.roles: dict[str, Role] = {}
        """Their roles in AWS."""
        self._first: list[pulumi.Resource] = [self.script]
        self._create_identity(SCRIPT, self._script_statements())
        if spec.quality:
            self._create_identity(CHECK, self._check_statements())
        self._create_identity(DRIVER, list(permissions.driver_statements(spec)))
        self.job_role = self.roles[SCRIPT]
        self._create_access()
        self._create_cron_job()
        self.alarms = alarms.create(spec, self._tags, parent)

    def _script_statements(self) -> list[pulumi.Input[iam.Statement]]:
        tables = self._catalog.arns if self._catalog else None
        known = pulumi.Output.all(bucket=self._spec.bucket, tables=tables)
        return self._resolved(partial(permissions.script_statements, self._spec), known, tables)

    def _check_statements(self) -> list[pulumi.Input[iam.Statement]]:
        folders = list(job_plans.references(self._spec).values())
        statements = partial(permissions.check_statements, self._spec, folders)
        return self._resolved(statements, pulumi.Output.all(bucket=self._spec.bucket))

    def _resolved(
        self, statements: Any, known: pulumi.Output[dict[str, Any]], tables: Any = None
    ) -> list[pulumi.Input[iam.Statement]]:
        # How many there are does not depend on what is known.
        empty = dict.fromkeys(self._spec.bucket, "")
        count = len(statements({"bucket": empty, "tables": tables}))

        def statement(place: int) -> pulumi.Output[iam.Statement]:
            return known.apply(lambda values: statements(values)[place])

        return [statement(place) for place in range(count)]

    def _create_identity(self, role: str, statements: list[pulumi.Input[iam.Statement]]) -> None:
        """Creates a service account, its role in AWS, and the network of its pods."""
        spec, name = self._spec, f"{self._spec.name}-{role}"
        account = core.v1.ServiceAccount(
            f"{name}-account",
            metadata=self._metadata(role),
            automount_service_account_token=False,
            opts=self._child,
        )
        policy: Any = objects.network_policy(spec, role)
        network_policy = networking.v1.NetworkPolicy(
            f"{name}-network-policy", metadata=self._metadata(role), spec=policy, opts=self._child
        )
        cluster = spec.container.cluster_name
        self.roles[role] = own = pod_identity.own(
            f"{name}-access",
            iam.pod_identity_trust(cluster, pulumi.InvokeOptions(parent=self._parent)),
            statements,
            parent=self._parent,
            resource_tags=self._tags,
        )
        association = aws.eks.PodIdentityAssociation(
            f"{name}-identity",
            cluster_name=cluster,
            namespace=spec.container.namespace,
            service_account=account.metadata["name"],
            role_arn=own.arn,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self._parent, depends_on=list(own.permissions)),
        )
        self.service_accounts[role] = account
        self._first += [network_policy, association]

    def _create_access(self) -> None:
        """Creates what the driver may do in the namespace."""
        spec, name = self._spec, self._spec.name
        rules: Any = objects.rules(spec)
        self.cluster_role = rbac.v1.Role(
            f"{name}-jobs-role", metadata=self._metadata(DRIVER), rules=rules, opts=self._child
        )
        subject: Any = {
            "kind": "ServiceAccount",
            "name": self.service_accounts[DRIVER].metadata["name"],
            "namespace": spec.container.namespace,
        }
        reference: Any = {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "Role",
            "name": self.cluster_role.metadata["name"],
        }
        binding = rbac.v1.RoleBinding(
            f"{name}-jobs-binding",
            metadata=self._metadata(DRIVER),
            role_ref=reference,
            subjects=[subject],
            opts=self._child,
        )
        self._first.append(binding)

    def _create_cron_job(self) -> None:
        spec, accounts = self._spec, self.service_accounts
        needed: Any = {
            "bucket": spec.bucket["bucket_name"],
            "image": spec.container.image,
            "script": accounts[SCRIPT].metadata["name"],
            "check": accounts[CHECK].metadata["name"] if CHECK in accounts else "",
            "database": self._catalog.database.name if self._catalog else "",
        }

        def settings(known: Mapping[str, str]) -> str:
            return driver_settings(spec, known).text()

        text = pulumi.Output.all(**needed).apply(settings)
        # A ConfigMap that changes starts no pod: its digest does.
        digest = text.apply(lambda known: hashlib.sha256(known.encode()).hexdigest()[:16])
        metadata: Any = {**self._metadata(DRIVER), "name": spec.name}
        self.config_map = core.v1.ConfigMap(
            f"{spec.name}-settings",
            metadata=metadata,
            data={driver_cron_job.FILE: text},
            opts=self._child,
        )
        cron_job: Any = objects.cron_job(spec, accounts[DRIVER].metadata["name"], digest)
        self.cron_job = batch.v1.CronJob(
            f"{spec.name}-driver",
            metadata=metadata,
            spec=cron_job,
            opts=pulumi.ResourceOptions(
                parent=self._parent, depends_on=[*self._first, self.config_map]
            ),
        )

    def _metadata(self, role: str) -> Any:
        return {
            "name": f"{self._spec.name}-{role}",
            "namespace": self._spec.container.namespace,
            "labels": manifests.labels(self._spec.name, role),
        }
