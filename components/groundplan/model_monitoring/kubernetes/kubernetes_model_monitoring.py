"""KubernetesModelMonitoring: scheduled checks of what an endpoint is asked and answers,
on any Kubernetes cluster."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import apps, batch, core, networking, rbac

from groundplan import iam, tags
from groundplan.arguments import validated
from groundplan.component import Component
from groundplan.context import Context
from groundplan.kubernetes import pod_identity, pod_security, prometheus, rule_namespace
from groundplan.kubernetes.pod_identity import Role
from groundplan.kubernetes.pod_security import PodSecurity
from groundplan.model_monitoring.kubernetes import access, alerts, objects, ray
from groundplan.model_monitoring.kubernetes.args import KubernetesModelMonitoringArgs
from groundplan.model_monitoring.kubernetes.spec import KubernetesModelMonitoringSpec, resolve
from groundplan.model_monitoring.kubernetes.validation import validate


class KubernetesModelMonitoring(Component):
    """Checks on a schedule whether the requests, the predictions and, with labels, the
    quality of an endpoint are still those of the dataset that trained its model.

    A CronJob reads the endpoint's captures in a bucket of Amazon S3 or of any store
    with its API, and writes results and reports there, as a `ModelMonitoring` does. An
    exporter has the last result for Prometheus, whose alerts watch it. The Kubernetes
    provider in the options selects the cluster.
    """

    namespace: pulumi.Output[str]
    """Namespace of the objects."""
    cron_job_name: pulumi.Output[str]
    """Name of the CronJob."""
    results_uri: pulumi.Output[str]
    """S3 URI of the folder of results: one folder per check."""
    role_arn: pulumi.Output[str | None]
    """ARN of the pods' role; null without `bucket`."""

    def __init__(
        self,
        name: str,
        args: KubernetesModelMonitoringArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("groundplan:index:KubernetesModelMonitoring", name, {}, opts)
        # The provider may be inherited from a parent.
        provider = self.get_provider("kubernetes:core/v1:Namespace")
        context = replace(Context.of(name, opts), has_kubernetes_provider=provider is not None)
        valid = validated(
            "KubernetesModelMonitoring", KubernetesModelMonitoringArgs, args, validate, context
        )
        self._name, self._spec = name, resolve(valid, context)
        self._child = pulumi.ResourceOptions(parent=self)
        known = pulumi.Output.all(self._spec.bucket_name, self._spec.endpoint)
        self._settings = known.apply(lambda pair: self._spec.settings(pair[0], pair[1]))

        self._create_namespace()
        self._create_identity(self._spec)
        self._create_settings()
        self._create_pods()
        self._create_alerts()

        self.namespace = pulumi.Output.from_input(self._namespace_name)
        self.cron_job_name = self.cron_job.metadata["name"]
        self.results_uri = self._settings.apply(lambda settings: str(settings["results"]))
        self.role_arn = pulumi.Output.from_input(self.role.arn if self.role else None)
        self.register_outputs(
            {
                "namespace": self.namespace,
                "cronJobName": self.cron_job_name,
                "resultsUri": self.results_uri,
                "roleArn": self.role_arn,
            }
        )

    def _create_namespace(self) -> None:
        spec = self._spec
        self.own_namespace: core.v1.Namespace | None = None
        self._namespace_name: pulumi.Input[str] = spec.namespace
        if spec.creates_namespace:
            metadata: Any = {
                "name": spec.namespace,
                "labels": dict(pod_security.labels(PodSecurity.RESTRICTED)),
            }
            self.own_namespace = core.v1.Namespace(
                f"{self._name}-namespace", metadata=metadata, opts=self._child
            )
            self._namespace_name = self.own_namespace.metadata["name"]

    def _create_identity(self, spec: KubernetesModelMonitoringSpec) -> None:
        """Creates the service account, its access to the bucket, and its network."""
        name = self._name
        self.service_account = core.v1.ServiceAccount(
            f"{name}-service-account",
            metadata=self._metadata(),
            automount_service_account_token=False,
            opts=self._child,
        )
        more = (ray.ingress(spec), ray.egress(spec)) if spec.ray is not None else ((), ())
        policy: Any = objects.network_policy(spec, *more)
        self.network_policy = networking.v1.NetworkPolicy(
            f"{name}-network-policy", metadata=self._metadata(), spec=policy, opts=self._child
        )
        self.role: Role | None = None
        self.association: aws.eks.PodIdentityAssociation | None = None
        if spec.bucket is None or spec.cluster_name is None:
            return
        resource_tags = tags.merged(name, spec.tags)
        invoke = pulumi.InvokeOptions(parent=self)
        self.role = pod_identity.own(
            f"{name}-access",
            iam.pod_identity_trust(spec.cluster_name, invoke),
            self._statements(spec, invoke),
            parent=self,
            resource_tags=resource_tags,
        )
        self.association = aws.eks.PodIdentityAssociation(
            f"{name}-identity",
            cluster_name=spec.cluster_name,
            namespace=self._namespace_name,
            service_account=self.service_account.metadata["name"],
            role_arn=self.role.arn,
            tags=resource_tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self.role.permissions)),
        )

    def _statements(
        self, spec: KubernetesModelMonitoringSpec, invoke: pulumi.InvokeOptions
    ) -> list[pulumi.Input[iam.Statement]]:
        bucket: Any = spec.bucket
        known = pulumi.Output.all(
            bucket=bucket["bucket_arn"],
            key=bucket["kms_key_arn"],
            endpoint=spec.endpoint,
            partition=iam.partition(invoke),
            region=iam.region(invoke),
            account=iam.account_id(invoke),
        )
        # How many there are does not depend on what is known.
        empty = dict.fromkeys(("bucket", "key", "endpoint", "partition", "region", "account"), "")

        def statement(place: int) -> pulumi.Output[iam.Statement]:
            return known.apply(lambda values: access.statements(spec, values)[place])

        return [statement(place) for place in range(len(access.statements(spec, empty)))]

    def _create_settings(self) -> None:
        text = self._settings.apply(lambda settings: json.dumps(settings, sort_keys=True))
        self._digest = text.apply(lambda known: hashlib.sha256(known.encode()).hexdigest()[:16])
        files: dict[str, pulumi.Input[str]] = {objects.SETTINGS_FILE: text}
        if self._spec.ray is not None:
            account = self.service_account.metadata["name"]
            template = ray.ray_job(self._spec, self._spec.ray, account, self._spec.image)
            files[ray.TEMPLATE_FILE] = pulumi.Output.json_dumps(template, sort_keys=True)
        self.config_map = core.v1.ConfigMap(
            f"{self._name}-settings",
            metadata=self._metadata(),
            data=files,
            opts=self._child,
        )

    def _create_pods(self) -> None:
        """Creates the CronJob, and the exporter where Prometheus is."""
        spec, account = self._spec, self.service_account.metadata["name"]
        dependencies: list[pulumi.Resource] = [self.network_policy, self.config_map]
        dependencies += [self.association] if self.association is not None else []
        after = pulumi.ResourceOptions(parent=self, depends_on=dependencies)
        cron_job: Any = objects.cron_job(spec, account, self._digest)
        if spec.ray is not None:
            submits = self._create_submitter()
            after.depends_on = [*dependencies, *submits[1:]]
            pod = ray.submitter(spec, submits[0].metadata["name"])
            cron_job = objects.scheduled(spec, pod, self._digest)
        self.cron_job = batch.v1.CronJob(
            f"{self._name}-checks",
            metadata=self._metadata(objects.CHECK),
            spec=cron_job,
            opts=after,
        )
        self.exporter: apps.v1.Deployment | None = None
        if spec.prometheus:
            deployment: Any = objects.deployment(spec, account, self._digest)
            metadata: Any = self._metadata(objects.EXPORTER)
            metadata = {**metadata, "name": f"{spec.name}-exporter"}
            self.exporter = apps.v1.Deployment(
                f"{self._name}-exporter",
                metadata=metadata,
                spec=deployment,
                opts=after,
            )

    def _create_submitter(self) -> tuple[core.v1.ServiceAccount, rbac.v1.Role, rbac.v1.RoleBinding]:
        """Creates the account that submits RayJobs, and what it may do."""
        name, metadata = f"{self._spec.name}-submit", self._metadata(ray.SUBMIT)
        metadata["name"] = name
        account = core.v1.ServiceAccount(
            f"{self._name}-submit-account", metadata=metadata, opts=self._child
        )
        rules: Any = ray.rules()
        role = rbac.v1.Role(
            f"{self._name}-submit-role", metadata=metadata, rules=rules, opts=self._child
        )
        subject: Any = {
            "kind": "ServiceAccount",
            "name": account.metadata["name"],
            "namespace": self._namespace_name,
        }
        reference: Any = {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "Role",
            "name": role.metadata["name"],
        }
        binding = rbac.v1.RoleBinding(
            f"{self._name}-submit-binding",
            metadata=metadata,
            role_ref=reference,
            subjects=[subject],
            opts=self._child,
        )
        return account, role, binding

    def _create_alerts(self) -> None:
        self.pod_monitor: kubernetes.apiextensions.CustomResource | None = None
        self.rules: kubernetes.apiextensions.CustomResource | None = None
        self.managed_rules: aws.amp.RuleGroupNamespace | None = None
        """The alerts in a workspace, in place of `rules`."""
        spec = self._spec
        if not spec.prometheus:
            return
        self.pod_monitor = self._custom("pod-monitor", "PodMonitor", objects.pod_monitor(spec))
        endpoint = pulumi.Output.from_input(spec.endpoint)
        groups = endpoint.apply(lambda known: alerts.groups(spec, known))
        if spec.managed_prometheus is not None:
            self.managed_rules = rule_namespace.create(
                f"{self._name}-rules",
                spec.managed_prometheus["workspace_id"],
                groups,
                tags=tags.merged(self._name, spec.tags),
                opts=self._child,
            )
            return
        rules = groups.apply(lambda known: {"groups": known})
        self.rules = self._custom("alerts", "PrometheusRule", rules)

    def _metadata(self, role: str = "") -> Any:
        return {
            "name": self._spec.name,
            "namespace": self._namespace_name,
            "labels": objects.labels(self._spec, role),
        }

    def _custom(
        self, role: str, kind: str, spec: pulumi.Input[Mapping[str, Any]]
    ) -> kubernetes.apiextensions.CustomResource:
        others: Any = {"spec": spec}
        return kubernetes.apiextensions.CustomResource(
            f"{self._name}-{role}",
            api_version=prometheus.OPERATOR_API,
            kind=kind,
            metadata=self._metadata(),
            opts=self._child,
            **others,
        )
