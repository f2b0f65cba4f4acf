"""KubernetesEndpoint: a model that a Kubernetes cluster serves, with rollouts without
an outage."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import apps, autoscaling, core, networking, rbac
from pulumi_kubernetes import policy as disruption

from groundplan.arguments import validated
from groundplan.component import Component
from groundplan.context import Context
from groundplan.kubernetes import prometheus, rule_namespace
from groundplan.serving.kubernetes_endpoint import (
    alerts,
    ingress,
    kserve,
    network_policy,
    objects,
    release,
    release_target,
    workload,
)
from groundplan.serving.kubernetes_endpoint import autoscaling as scaling
from groundplan.serving.kubernetes_endpoint.access import EndpointAccess
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import IngressKind, PodScalingMetric
from groundplan.serving.kubernetes_endpoint.ingress_spec import Gateway, Ingress
from groundplan.serving.kubernetes_endpoint.spec import resolve
from groundplan.serving.kubernetes_endpoint.validation import validate
from groundplan.serving.kubernetes_endpoint.workload import KServe, Track, Workload
from groundplan.tags import merged


class KubernetesEndpoint(Component):
    """A model behind a Service of a Kubernetes cluster: any container, vLLM for
    language models, or KServe.

    New pods are ready before old ones terminate, and those complete their requests. A
    candidate can serve part of the requests. The Kubernetes provider in the options
    selects the cluster: `TrainingCluster.kubernetes_provider`, or any other. Alerts
    report a bad model; one change of the arguments rolls back.
    """

    endpoint_name: pulumi.Output[str]
    """Name of the endpoint."""
    url: pulumi.Output[str]
    """URL for pods of the cluster, without a path: `http://fraud.fraud.svc`."""
    service_name: pulumi.Output[str]
    """Name of its Service, on port 80."""
    namespace: pulumi.Output[str]
    """Namespace of the endpoint."""
    external_url: pulumi.Output[str | None]
    """URL for clients outside of the cluster; null without an ingress."""
    role_arn: pulumi.Output[str | None]
    """ARN of the role with which the pods read their model; null without artifacts."""
    alarm_names: pulumi.Output[Sequence[str]]
    """Names of its alerts in Prometheus, which have the labels `namespace` and
    `endpoint`; empty without Prometheus."""
    release_target: pulumi.Output[Mapping[str, Any]]
    """The endpoint as a `KubernetesRetraining` and `groundplan release` take it; empty
    unless its release is `registry`."""
    engine: pulumi.Output[str]
    """`container`, `vllm` or `kserve`."""

    def __init__(
        self, name: str, args: KubernetesEndpointArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:KubernetesEndpoint", name, {}, opts)
        # The provider may be inherited from a parent.
        provider = self.get_provider("kubernetes:core/v1:Namespace")
        context = replace(Context.of(name, opts), has_kubernetes_provider=provider is not None)
        valid = validated("KubernetesEndpoint", KubernetesEndpointArgs, args, validate, context)
        self._name, self._spec = name, resolve(valid, context)
        self._child = pulumi.ResourceOptions(parent=self)

        self._create_namespace()
        self._create_identity()
        self._create_policies()
        if self._spec.stable.kserve is not None:
            self._create_inference_service(self._spec.stable.kserve)
        else:
            self._create_deployments()
        self._create_autoscaler()
        self._create_ingress()
        self._create_alerts()
        self._create_release_role()
        self._export_outputs()

    def _create_namespace(self) -> None:
        name, spec = self._name, self._spec
        self.own_namespace: core.v1.Namespace | None = None
        self._namespace_name: pulumi.Input[str] = spec.namespace
        if spec.creates_namespace:
            metadata: Any = {
                "name": spec.namespace,
                "labels": dict(objects.namespace_labels(spec)),
            }
            self.own_namespace = core.v1.Namespace(
                f"{name}-namespace", metadata=metadata, opts=self._child
            )
            self._namespace_name = self.own_namespace.metadata["name"]

    def _create_identity(self) -> None:
        """Creates the service account, and its access to the artifact bucket."""
        name, spec = self._name, self._spec
        self.service_account: core.v1.ServiceAccount | None = None
        account = spec.service_account
        if account is None:
            self.service_account = core.v1.ServiceAccount(
                f"{name}-service-account",
                metadata=self._metadata(spec.name),
                automount_service_account_token=False,
                opts=self._child,
            )
            account = self.service_account.metadata["name"]
        self._account: pulumi.Input[str] = account
        self.access: EndpointAccess | None = None
        if spec.artifacts is not None:
            self.access = EndpointAccess(
                name,
                spec,
                spec.artifacts,
                namespace=self._namespace_name,
                service_account=account,
                parent=self,
            )

    def _create_policies(self) -> None:
        """Creates the network policy and the disruption budget."""
        name, spec = self._name, self._spec
        policy: Any = network_policy.policy_spec(spec)
        self.network_policy = networking.v1.NetworkPolicy(
            f"{name}-network-policy",
            metadata=self._metadata(spec.name),
            spec=policy,
            opts=self._child,
        )
        budget: Any = objects.disruption_budget(spec.name)
        self.disruption_budget = disruption.v1.PodDisruptionBudget(
            f"{name}-disruption-budget",
            metadata=self._metadata(spec.name),
            spec=budget,
            opts=self._child,
        )

    def _create_deployments(self) -> None:
        """Creates the stable pods, those of a candidate, and their Services."""
        name, spec = self._name, self._spec
        self.deployment = self._deployment(f"{name}-deployment", spec.stable)
        self.service = self._service(f"{name}-service", spec.name, objects.service_selector(spec))
        self.canary_deployment: apps.v1.Deployment | None = None
        self.canary_service: core.v1.Service | None = None
        if spec.candidate is not None:
            self.canary_deployment = self._deployment(f"{name}-canary-deployment", spec.candidate)
        if spec.candidate is not None and spec.splits_requests:
            pods = workload.selector(spec.name, Track.CANARY)
            self.canary_service = self._service(f"{name}-canary-service", spec.candidate.name, pods)

    def _deployment(self, name: str, work: Workload) -> apps.v1.Deployment:
        spec: Any = objects.deployment(work, self._account)
        timeout = f"{objects.timeout_seconds(work)}s"
        # The autoscaler changes the number of pods; a release that of its candidate,
        # and the model, which is in the annotations only.
        scaled = work.track is Track.STABLE and self._spec.scaling is not None
        scaled = scaled or (work.released and work.track is Track.CANARY)
        ignored = ["spec.replicas"] if scaled else []
        ignored += [release.IGNORED] if work.released else []
        return apps.v1.Deployment(
            name,
            metadata=self._metadata(work.name, work.labels),
            spec=spec,
            opts=pulumi.ResourceOptions.merge(
                self._after_access(),
                pulumi.ResourceOptions(
                    custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
                    ignore_changes=ignored or None,
                ),
            ),
        )

    def _service(self, name: str, service: str, selector: Mapping[str, str]) -> core.v1.Service:
        spec: Any = objects.service(selector)
        return core.v1.Service(name, metadata=self._metadata(service), spec=spec, opts=self._child)

    def _create_inference_service(self, model: KServe) -> None:
        spec = self._spec
        metadata: Any = self._metadata(spec.name, kserve.labels(spec.stable))
        metadata["annotations"] = kserve.annotations(spec)
        self.inference_service = self._custom(
            f"{self._name}-inference-service",
            kserve.API_VERSION,
            kserve.KIND,
            metadata,
            kserve.service_spec(spec, model, self._account),
            pulumi.ResourceOptions.merge(
                self._after_access(),
                # What a release changes.
                pulumi.ResourceOptions(ignore_changes=kserve.RELEASED if spec.release else None),
            ),
        )

    def _after_access(self) -> pulumi.ResourceOptions:
        """Returns options by which pods start after their permissions and the network
        policy: without the policy all traffic is allowed."""
        dependencies: list[pulumi.Resource] = [
            self.network_policy,
            *(self.access.resources if self.access else ()),
        ]
        return pulumi.ResourceOptions(parent=self, depends_on=dependencies)

    def _create_autoscaler(self) -> None:
        self.autoscaler: autoscaling.v2.HorizontalPodAutoscaler | None = None
        self.scaled_object: kubernetes.apiextensions.CustomResource | None = None
        spec, name = self._spec, f"{self._name}-autoscaler"
        if spec.scaling is None:
            return
        kserves = spec.stable.kserve is not None
        after = pulumi.ResourceOptions(parent=self)
        if not kserves:
            after.depends_on = [self.deployment]
        if spec.scaling.metric is not PodScalingMetric.CPU:
            self.scaled_object = self._custom(
                name,
                scaling.KEDA,
                "ScaledObject",
                self._metadata(spec.name),
                scaling.scaled_object(spec, spec.scaling),
                after,
            )
        elif not kserves:  # KServe creates its own
            autoscaler: Any = scaling.autoscaler(spec.main_service, spec.scaling)
            self.autoscaler = autoscaling.v2.HorizontalPodAutoscaler(
                name, metadata=self._metadata(spec.name), spec=autoscaler, opts=after
            )

    def _create_ingress(self) -> None:
        self.ingress: networking.v1.Ingress | None = None
        self.route: kubernetes.apiextensions.CustomResource | None = None
        self.listener_rule: kubernetes.apiextensions.CustomResource | None = None
        self.target_groups: list[kubernetes.apiextensions.CustomResource] = []
        spec, entry = self._spec, self._spec.ingress
        if entry is None:
            return
        if entry.kind is IngressKind.ALB:
            metadata: Any = self._metadata(spec.name)
            metadata["annotations"] = ingress.annotations(spec, entry)
            manifest: Any = ingress.ingress_spec(spec, entry)
            self.ingress = networking.v1.Ingress(
                f"{self._name}-ingress", metadata=metadata, spec=manifest, opts=self._child
            )
        elif entry.gateway is not None:
            self._create_route(entry, entry.gateway)

    def _create_route(self, entry: Ingress, gateway: Gateway) -> None:
        name, spec, metadata = self._name, self._spec, self._metadata(self._spec.name)
        if entry.authentication is not None:
            api = ingress.AWS_GATEWAY_API
            self.listener_rule = self._custom(
                f"{name}-listener-rule",
                api,
                "ListenerRuleConfiguration",
                metadata,
                ingress.listener_rule_spec(entry.authentication),
                self._child,
            )
            for number, service in enumerate(ingress.weights(spec)):
                role = "canary-target-group" if number else "target-group"
                self.target_groups.append(
                    self._custom(
                        f"{name}-{role}",
                        api,
                        "TargetGroupConfiguration",
                        self._metadata(service),
                        ingress.target_group_spec(service, spec.stable),
                        self._child,
                    )
                )
        # The route exists only after its authentication.
        dependencies = [one for one in (self.listener_rule, *self.target_groups) if one]
        self.route = self._custom(
            f"{name}-route",
            ingress.GATEWAY_API,
            "HTTPRoute",
            metadata,
            ingress.route_spec(spec, entry, gateway, spec.name if self.listener_rule else None),
            pulumi.ResourceOptions(parent=self, depends_on=dependencies),
        )

    def _create_alerts(self) -> None:
        self.pod_monitor: kubernetes.apiextensions.CustomResource | None = None
        self.rules: kubernetes.apiextensions.CustomResource | None = None
        self.managed_rules: aws.amp.RuleGroupNamespace | None = None
        """The alerts in a workspace, in place of `rules`."""
        spec, name, metadata = self._spec, self._name, self._metadata(self._spec.name)
        if not spec.prometheus:
            return
        api = prometheus.OPERATOR_API
        if spec.metrics is not None:
            monitor = alerts.monitor_spec(spec, spec.metrics)
            self.pod_monitor = self._custom(
                f"{name}-pod-monitor", api, "PodMonitor", metadata, monitor, self._child
            )
        groups = alerts.groups(spec)
        if spec.managed is not None:
            self.managed_rules = rule_namespace.create(
                f"{name}-rules",
                spec.managed.workspace_id,
                groups,
                tags=merged(name, spec.tags),
                opts=self._child,
            )
            return
        self.rules = self._custom(
            f"{name}-alerts", api, "PrometheusRule", metadata, {"groups": groups}, self._child
        )

    def _create_release_role(self) -> None:
        """Creates the Role of a driver that releases models from the registry, which
        binds its service account to it."""
        self.release_role: rbac.v1.Role | None = None
        if self._spec.release is None:
            return
        rules: Any = release_target.rules(self._spec)
        self.release_role = rbac.v1.Role(
            f"{self._name}-release-role",
            metadata=self._metadata(release_target.role_name(self._spec)),
            rules=rules,
            opts=self._child,
        )

    def _metadata(self, object_name: str, labels: Mapping[str, str] | None = None) -> Any:
        return {
            "name": object_name,
            "namespace": self._namespace_name,
            "labels": dict(labels or workload.selector(self._spec.name)),
        }

    def _custom(
        self,
        name: str,
        api: str,
        kind: str,
        metadata: Any,
        spec: Mapping[str, Any],
        opts: pulumi.ResourceOptions,
    ) -> kubernetes.apiextensions.CustomResource:
        return kubernetes.apiextensions.CustomResource(
            name, api_version=api, kind=kind, metadata=metadata, spec=dict(spec), opts=opts
        )

    def _export_outputs(self) -> None:
        spec = self._spec
        kserves = spec.stable.kserve is not None
        serving: pulumi.Resource = self.inference_service if kserves else self.service
        self.endpoint_name = pulumi.Output.from_input(spec.name)
        # Depends on the object with that name, so that consumers wait for it; by its
        # URN, which a preview knows too.
        self.service_name = serving.urn.apply(lambda _: spec.main_service)
        self.namespace = pulumi.Output.from_input(self._namespace_name)
        self.url = pulumi.Output.format("http://{0}.{1}.svc", self.service_name, self.namespace)
        external = pulumi.Output.format("https://{0}", spec.ingress.host) if spec.ingress else None
        self.external_url = pulumi.Output.from_input(external)
        self.role_arn = pulumi.Output.from_input(self.access.role.arn if self.access else None)
        self.alarm_names = pulumi.Output.from_input([rule.name for rule in alerts.rules(spec)])
        self.engine = pulumi.Output.from_input(spec.engine.value)
        self.release_target = release_target.of(spec, self.release_role)
        self.register_outputs(
            {
                "releaseTarget": self.release_target,
                "endpointName": self.endpoint_name,
                "url": self.url,
                "serviceName": self.service_name,
                "namespace": self.namespace,
                "externalUrl": self.external_url,
                "roleArn": self.role_arn,
                "alarmNames": self.alarm_names,
                "engine": self.engine,
            }
        )
