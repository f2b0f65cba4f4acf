"""KubernetesRetraining: retrains the model of an endpoint on a cluster's queue."""

import hashlib
import json
from collections.abc import Mapping
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
from groundplan.kubernetes import prometheus, rule_namespace
from groundplan.release.component import targets
from groundplan.retraining.component import function_permissions
from groundplan.retraining.kubernetes import alerts, objects, permissions
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
    them. The registry, the endpoint and the journal are those of a
    `RetrainingPipeline`; an endpoint has one of the two.
    """

    cron_job_name: pulumi.Output[str]
    """Name of the CronJob."""
    role_arn: pulumi.Output[str]
    """ARN of the driver's role."""
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
        self._target = targets.readable(name, self._spec.release_target)

        self._create_account(self._spec)
        self._create_role(self._spec)
        self._create_cron_job(self._spec)
        self._create_alert(self._spec)
        self.cron_job_name = self.cron_job.metadata["name"]
        self.role_arn = self.role.arn
        self.register_outputs(
            {
                "cronJobName": self.cron_job_name,
                "roleArn": self.role_arn,
                "settings": self.settings,
            }
        )

    def _create_account(self, spec: KubernetesRetrainingSpec) -> None:
        """Creates the service account, what it may do in the namespace, and its
        network."""
        name = self._name
        self.service_account = core.v1.ServiceAccount(
            f"{name}-service-account",
            metadata=self._metadata(),
            automount_service_account_token=False,
            opts=self._child,
        )
        rules: Any = objects.rules()
        self.cluster_role = rbac.v1.Role(
            f"{name}-jobs-role", metadata=self._metadata(), rules=rules, opts=self._child
        )
        subject: Any = {
            "kind": "ServiceAccount",
            "name": self.service_account.metadata["name"],
            "namespace": spec.namespace,
        }
        reference: Any = {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "Role",
            "name": self.cluster_role.metadata["name"],
        }
        self.binding = rbac.v1.RoleBinding(
            f"{name}-jobs-binding",
            metadata=self._metadata(),
            role_ref=reference,
            subjects=[subject],
            opts=self._child,
        )
        policy: Any = objects.network_policy(spec)
        self.network_policy = networking.v1.NetworkPolicy(
            f"{name}-network-policy", metadata=self._metadata(), spec=policy, opts=self._child
        )

    def _create_role(self, spec: KubernetesRetrainingSpec) -> None:
        name, invoke = self._name, pulumi.InvokeOptions(parent=self)
        resource_tags = tags.merged(name, spec.tags)
        self.role = aws.iam.Role(
            f"{name}-access",
            description=f"What the driver of {name} may do",
            assume_role_policy=iam.pod_identity_trust(spec.cluster_name, invoke),
            tags=resource_tags,
            opts=self._child,
        )
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
        policies = {
            "policy": known.apply(lambda values: permissions.statements(spec, values)),
            "release-policy": known.apply(function_permissions.release_statements),
        }
        self.policies = {
            role: aws.iam.RolePolicy(
                f"{name}-{role}",
                role=self.role.name,
                policy=statements.apply(iam.document_text),
                opts=self._child,
            )
            for role, statements in policies.items()
        }
        self.association = aws.eks.PodIdentityAssociation(
            f"{name}-identity",
            cluster_name=spec.cluster_name,
            namespace=spec.namespace,
            service_account=self.service_account.metadata["name"],
            role_arn=self.role.arn,
            tags=resource_tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self.policies.values())),
        )

    def _create_cron_job(self, spec: KubernetesRetrainingSpec) -> None:
        needed: Any = {
            "endpoint": spec.endpoint,
            "region": iam.region(pulumi.InvokeOptions(parent=self)),
            "bucket": spec.artifacts["bucket_name"],
            "key": spec.artifacts["kms_key_arn"],
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
            data={objects.FILE: text},
            opts=self._child,
        )
        cron_job: Any = objects.cron_job(spec, self.service_account.metadata["name"], digest)
        first = [self.network_policy, self.config_map, self.association, self.binding]
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
        return {
            "name": self._spec.name,
            "namespace": self._spec.namespace,
            "labels": objects.labels(self._spec),
        }
