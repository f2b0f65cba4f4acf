"""KubernetesRetraining: retrains the model of an endpoint on a cluster's queue."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import batch, core, networking, rbac

from groundplan import iam, tags
from groundplan.arguments import validated
from groundplan.component import Component
from groundplan.context import Context
from groundplan.kubernetes import driver_cron_job, pod_security, prometheus, rule_namespace
from groundplan.kubernetes.pod_security import PodSecurity
from groundplan.retraining.component import function_permissions
from groundplan.retraining.kubernetes import (
    alerts,
    evaluation_access,
    objects,
    permissions,
    targets,
)
from groundplan.retraining.kubernetes.args import KubernetesRetrainingArgs
from groundplan.retraining.kubernetes.spec import KubernetesRetrainingSpec, resolve
from groundplan.retraining.kubernetes.validation import validate


class KubernetesRetraining(Component):
    """Retrains the model of an endpoint when it has to be, by jobs of a cluster's
    queue, compares it with the champion, and releases it through its gates and an
    approval.

    A CronJob carries the runs: every few minutes it reads what asks for a run (the last
    result of the checks, the dataset's tag) and takes the steps that can be taken.
    Training jobs and evaluations are Jobs that Kueue admits, as `TrainingJob` registers
    them. The endpoint is SageMaker's, with the registry and the journal of a
    `RetrainingPipeline`, of which an endpoint has one of the two; or a
    `KubernetesEndpoint`, whose registry and releases are in the bucket and on the
    cluster: then no call goes to SageMaker, and with `object_store` none to AWS.
    """

    cron_job_name: pulumi.Output[str]
    """Name of the CronJob."""
    role_arn: pulumi.Output[str | None]
    """ARN of the driver's role; null with another store than Amazon S3."""
    settings: pulumi.Output[Mapping[str, Any]]
    """The settings of the engine, for `groundplan retraining`: what a stack exports in
    `retraining`."""

    def __init__(
        self, name: str, args: KubernetesRetrainingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:KubernetesRetraining", name, {}, opts)
        # The provider may be inherited from a parent.
        provider = self.get_provider("kubernetes:core/v1:Namespace")
        context = replace(Context.of(name, opts), has_kubernetes_provider=provider is not None)
        valid = validated("KubernetesRetraining", KubernetesRetrainingArgs, args, validate, context)
        self._name, self._spec = name, resolve(valid, context)
        self._child = pulumi.ResourceOptions(parent=self)
        self._target = targets.readable(name, self._spec)

        self._create_namespace(self._spec)
        self._create_accounts(self._spec)
        self._bind_account(self._spec)
        self._create_roles(self._spec)
        self._create_cron_job(self._spec)
        self._create_alert(self._spec)
        self.cron_job_name = self.cron_job.metadata["name"]
        arn = self.role.arn if self.role is not None else None
        self.role_arn = pulumi.Output.from_input(arn)
        self.register_outputs(
            {
                "cronJobName": self.cron_job_name,
                "roleArn": self.role_arn,
                "settings": self.settings,
            }
        )

    def _create_namespace(self, spec: KubernetesRetrainingSpec) -> None:
        """Creates the driver's namespace, in which no team creates pods."""
        self.own_namespace: core.v1.Namespace | None = None
        self._namespace_name: pulumi.Input[str] = spec.driver_namespace
        if spec.creates_namespace:
            labels = {**objects.labels(spec), **pod_security.labels(PodSecurity.RESTRICTED)}
            metadata: Any = {"name": spec.driver_namespace, "labels": labels}
            self.own_namespace = core.v1.Namespace(
                f"{self._name}-namespace", metadata=metadata, opts=self._child
            )
            self._namespace_name = self.own_namespace.metadata["name"]

    def _create_accounts(self, spec: KubernetesRetrainingSpec) -> None:
        """Creates the service accounts of the driver and of evaluations, and the
        driver's network."""
        name = self._name
        self.service_account = self._account(f"{name}-service-account", self._metadata())
        evaluation = {**self._of_jobs(), "name": evaluation_access.account_name(spec)}
        self.evaluation_account = self._account(f"{name}-evaluation-account", evaluation)
        url: Any = ""
        if spec.kubernetes_target is not None:
            url = self._target.apply(lambda target: target["prometheus_url"])
        policy: Any = pulumi.Output.from_input(url).apply(
            lambda known: objects.network_policy(spec, known)
        )
        self.network_policy = networking.v1.NetworkPolicy(
            f"{name}-network-policy", metadata=self._metadata(), spec=policy, opts=self._child
        )

    def _account(self, name: str, metadata: Any) -> core.v1.ServiceAccount:
        return core.v1.ServiceAccount(
            name,
            metadata=metadata,
            automount_service_account_token=False,
            opts=self._child,
        )

    def _bind_account(self, spec: KubernetesRetrainingSpec) -> None:
        """Creates what the driver may do in the namespace of jobs, and in the
        endpoint's."""
        name = self._name
        rules: Any = objects.rules()
        jobs: Any = self._of_jobs()
        self.cluster_role = rbac.v1.Role(
            f"{name}-jobs-role", metadata=jobs, rules=rules, opts=self._child
        )
        self.binding = self._bound(
            f"{name}-jobs-binding", self._of_jobs(), self.cluster_role.metadata["name"]
        )
        self.release_binding: rbac.v1.RoleBinding | None = None
        """The binding to the Role of an endpoint on the cluster."""
        if spec.kubernetes_target is None:
            return
        metadata = {
            **self._metadata(),
            "namespace": self._target.apply(lambda target: target["namespace"]),
        }
        role = self._target.apply(lambda target: target["role"])
        self.release_binding = self._bound(f"{name}-release-binding", metadata, role)

    def _bound(self, name: str, metadata: Any, role: pulumi.Input[str]) -> rbac.v1.RoleBinding:
        """Creates the binding of the driver to a Role."""
        subject: Any = {
            "kind": "ServiceAccount",
            "name": self.service_account.metadata["name"],
            "namespace": self._namespace_name,
        }
        reference: Any = {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "Role",
            "name": role,
        }
        return rbac.v1.RoleBinding(
            name, metadata=metadata, role_ref=reference, subjects=[subject], opts=self._child
        )

    def _create_roles(self, spec: KubernetesRetrainingSpec) -> None:
        """Creates the roles of the driver and of evaluations, where the bucket is one
        of Amazon S3."""
        self.role: aws.iam.Role | None = None
        self.evaluation_role: aws.iam.Role | None = None
        self.policies: dict[str, aws.iam.RolePolicy] = {}
        self._identities: list[pulumi.Resource] = []
        if spec.artifacts is None:
            return
        name, invoke = self._name, pulumi.InvokeOptions(parent=self)
        needed: Any = {
            "place": [iam.partition(invoke), iam.region(invoke), iam.account_id(invoke)],
            "bucket": spec.artifacts,
            "endpoint": spec.endpoint,
            "target": self._target,
            "results": spec.results_uri,
            "topic": spec.topic_arn,
            "topic_key": spec.topic_key_arn,
        }
        known = pulumi.Output.all(**needed)
        self.role = self._role(f"{name}-access", f"What the driver of {name} may do")
        self.policies = {
            "policy": self._policy(
                "policy", self.role, known.apply(lambda v: permissions.statements(spec, v))
            ),
            "release-policy": self._policy(
                "release-policy", self.role, known.apply(self._release_statements)
            ),
        }
        self.association = self._associated(
            f"{name}-identity", self.role, self.service_account, list(self.policies.values())
        )
        own = self._role(f"{name}-evaluation", f"What evaluations of {name} may do")
        policy = self._policy(
            "evaluation-policy", own, known.apply(lambda v: evaluation_access.statements(spec, v))
        )
        self.evaluation_role = own
        self.evaluation_association = self._associated(
            f"{name}-evaluation-identity", own, self.evaluation_account, [policy]
        )
        self._identities = [self.association, self.evaluation_association]

    def _release_statements(self, known: Mapping[str, Any]) -> list[iam.Statement]:
        if self._spec.kubernetes_target is None:
            return function_permissions.release_statements(known)
        return permissions.release_statements(self._spec, known)

    def _role(self, name: str, description: str) -> aws.iam.Role:
        return aws.iam.Role(
            name,
            description=description,
            assume_role_policy=iam.pod_identity_trust(
                self._spec.cluster_name, pulumi.InvokeOptions(parent=self)
            ),
            tags=tags.merged(self._name, self._spec.tags),
            opts=self._child,
        )

    def _policy(
        self, policy: str, role: aws.iam.Role, statements: pulumi.Output[list[iam.Statement]]
    ) -> aws.iam.RolePolicy:
        return aws.iam.RolePolicy(
            f"{self._name}-{policy}",
            role=role.name,
            policy=statements.apply(iam.document_text),
            opts=self._child,
        )

    def _associated(
        self,
        name: str,
        role: aws.iam.Role,
        account: core.v1.ServiceAccount,
        policies: Sequence[pulumi.Resource],
    ) -> aws.eks.PodIdentityAssociation:
        return aws.eks.PodIdentityAssociation(
            name,
            cluster_name=self._spec.cluster_name,
            namespace=account.metadata["namespace"],
            service_account=account.metadata["name"],
            role_arn=role.arn,
            tags=tags.merged(self._name, self._spec.tags),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(policies)),
        )

    def _create_cron_job(self, spec: KubernetesRetrainingSpec) -> None:
        store, account = spec.object_store, ""
        if store is not None:
            account = f"system:serviceaccount:{spec.driver_namespace}:{spec.name}"
        region = store.region if store else iam.region(pulumi.InvokeOptions(parent=self))
        needed: Any = {
            "endpoint": spec.endpoint,
            "region": region,
            "bucket": spec.bucket_name,
            "key": spec.artifacts["kms_key_arn"] if spec.artifacts else "",
            "account": account,
            "evaluation_account": self.evaluation_account.metadata["name"],
            "target": self._target,
            "topic": spec.topic_arn,
            "image": spec.evaluation.image,
        }
        text = pulumi.Output.all(**needed).apply(lambda known: spec.settings(known).text())
        self.settings = text.apply(json.loads)
        digest = text.apply(lambda known: hashlib.sha256(known.encode()).hexdigest()[:16])
        self.config_map = core.v1.ConfigMap(
            f"{self._name}-settings",
            metadata=self._metadata(),
            data={driver_cron_job.FILE: text},
            opts=self._child,
        )
        cron_job: Any = objects.cron_job(spec, self.service_account.metadata["name"], digest)
        first = [self.network_policy, self.config_map, self.binding, *self._identities]
        first += [self.release_binding] if self.release_binding is not None else []
        self.cron_job = batch.v1.CronJob(
            f"{self._name}-driver",
            metadata=self._metadata(),
            spec=cron_job,
            opts=pulumi.ResourceOptions(parent=self, depends_on=first),
        )

    def _create_alert(self, spec: KubernetesRetrainingSpec) -> None:
        self.rules: kubernetes.apiextensions.CustomResource | None = None
        self.managed_rules: aws.amp.RuleGroupNamespace | None = None
        """The alert in a workspace, in place of `rules`."""
        if not spec.prometheus:
            return
        groups = alerts.groups(spec)
        if spec.managed_prometheus is not None:
            self.managed_rules = rule_namespace.create(
                f"{self._name}-rules",
                spec.managed_prometheus["workspace_id"],
                groups,
                tags=tags.merged(self._name, spec.tags),
                opts=self._child,
            )
            return
        manifest: Any = {"groups": groups}
        self.rules = kubernetes.apiextensions.CustomResource(
            f"{self._name}-alert",
            api_version=prometheus.OPERATOR_API,
            kind="PrometheusRule",
            metadata=self._metadata(),
            spec=manifest,
            opts=self._child,
        )

    def _metadata(self) -> Any:
        """Returns the metadata of the driver's objects."""
        return {**self._of_jobs(), "namespace": self._namespace_name}

    def _of_jobs(self) -> dict[str, Any]:
        """Returns the metadata of objects in the namespace of jobs."""
        return {
            "name": self._spec.name,
            "namespace": self._spec.namespace,
            "labels": objects.labels(self._spec),
        }
