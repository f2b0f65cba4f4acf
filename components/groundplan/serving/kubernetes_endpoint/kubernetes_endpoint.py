"""KubernetesEndpoint: a model that is served on a cluster, without a gap when it
changes."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import apps, autoscaling, core, networking
from pulumi_kubernetes import policy as disruption

from groundplan import arguments
from groundplan.component import Component
from groundplan.context import Context
from groundplan.serving.kubernetes_endpoint import (
    alerts,
    ingress,
    kserve,
    network_policy,
    objects,
    validation,
    workload,
)
from groundplan.serving.kubernetes_endpoint import autoscaling as scaling
from groundplan.serving.kubernetes_endpoint.access import EndpointAccess
from groundplan.serving.kubernetes_endpoint.args import KubernetesEndpointArgs
from groundplan.serving.kubernetes_endpoint.choices import (
    EndpointEngine,
    IngressKind,
    PodScalingMetric,
)
from groundplan.serving.kubernetes_endpoint.workload import Track, Workload


class KubernetesEndpoint(Component):
    """A model behind a Service of a Kubernetes cluster: any container, vLLM for
    language models, or KServe.

    New pods are ready before old ones go, and those finish what they have begun. A
    candidate can take a share of the requests. The cluster comes by the Kubernetes
    provider in the options: `TrainingCluster.kubernetes_provider`, or any other. Alerts
    tell people of a bad model; rolling back is one change of the arguments.
    """

    endpoint_name: pulumi.Output[str]
    """Name of the endpoint."""
    url: pulumi.Output[str]
    """Where pods of the cluster call it, without a path: `http://fraud.fraud.svc`."""
    service_name: pulumi.Output[str]
    """Name of its Service, on port 80."""
    namespace: pulumi.Output[str]
    """Namespace that it is in."""
    external_url: pulumi.Output[str | None]
    """Where clients outside of the cluster call it; none without an ingress."""
    role_arn: pulumi.Output[str | None]
    """ARN of the role by which the pods read their model; none without artifacts."""
    alarm_names: pulumi.Output[Sequence[str]]
    """Names of its alerts in Prometheus, which have the labels `namespace` and
    `endpoint`; none without Prometheus."""
    engine: pulumi.Output[str]
    """`container`, `vllm` or `kserve`."""

    def __init__(
        self, name: str, args: KubernetesEndpointArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("groundplan:index:KubernetesEndpoint", name, {}, opts)
        context = Context.of(name, opts)
        checked = arguments.validated(
            "KubernetesEndpoint", KubernetesEndpointArgs, args, validation.validate, context
        )
        endpoint = checked.get("endpoint_name", name)
        self._name, self._endpoint, self._args = name, endpoint, checked
        self._space = checked.get("namespace", endpoint)
        self._child = pulumi.ResourceOptions(parent=self)
        self._serves = workload.stable(endpoint, checked)
        self._main = kserve.predictor(endpoint) if self._kserves else endpoint

        self._make_ground()
        if self._kserves:
            self._make_inference_service()
        else:
            self._make_deployments()
        self._make_scaling()
        self._make_ingress()
        self._make_alerts()
        self._tell()

    @property
    def _kserves(self) -> bool:
        return workload.engine(self._args) is EndpointEngine.KSERVE

    def _make_ground(self) -> None:
        """What is there before the first pod: the namespace, who the pods are, and whom
        they may talk to."""
        name, args = self._name, self._args
        self.own_namespace: core.v1.Namespace | None = None
        self._in: pulumi.Input[str] = self._space
        if "namespace" not in args:
            metadata: Any = {"name": self._space, "labels": dict(objects.namespace_labels(args))}
            self.own_namespace = core.v1.Namespace(
                f"{name}-namespace", metadata=metadata, opts=self._child
            )
            self._in = self.own_namespace.metadata["name"]
        self.service_account: core.v1.ServiceAccount | None = None
        account: pulumi.Input[str] = args.get("service_account", self._endpoint)
        if "service_account" not in args:
            self.service_account = core.v1.ServiceAccount(
                f"{name}-service-account",
                metadata=self._metadata(self._endpoint),
                automount_service_account_token=False,
                opts=self._child,
            )
            account = self.service_account.metadata["name"]
        self._account = account
        policy: Any = network_policy.spec(self._endpoint, args)
        self.network_policy = networking.v1.NetworkPolicy(
            f"{name}-network-policy",
            metadata=self._metadata(self._endpoint),
            spec=policy,
            opts=self._child,
        )
        budget: Any = objects.disruption_budget(self._endpoint)
        self.disruption_budget = disruption.v1.PodDisruptionBudget(
            f"{name}-disruption-budget",
            metadata=self._metadata(self._endpoint),
            spec=budget,
            opts=self._child,
        )
        self.access: EndpointAccess | None = None
        if "artifacts" in args:
            self.access = EndpointAccess(
                name, args, namespace=self._in, service_account=account, parent=self
            )

    def _make_deployments(self) -> None:
        """The pods of what serves and of a candidate, and the Services before them."""
        name, args = self._name, self._args
        self.deployment = self._deployment(f"{name}-deployment", self._serves)
        self.service = self._service(
            f"{name}-service", self._endpoint, objects.service_selector(self._endpoint, args)
        )
        self.canary_deployment: apps.v1.Deployment | None = None
        self.canary_service: core.v1.Service | None = None
        candidate = workload.candidate(self._endpoint, args)
        if candidate:
            pods = workload.selector(self._endpoint, Track.CANARY)
            self.canary_deployment = self._deployment(f"{name}-canary-deployment", candidate)
            self.canary_service = self._service(f"{name}-canary-service", candidate.name, pods)

    def _deployment(self, name: str, work: Workload) -> apps.v1.Deployment:
        spec: Any = objects.deployment(work, self._account)
        patience = f"{objects.patience_seconds(work)}s"
        # How many there are is the autoscaler's to say.
        theirs = (
            ["spec.replicas"] if work.track is Track.STABLE and workload.scales(work.args) else None
        )
        return apps.v1.Deployment(
            name,
            metadata=self._metadata(work.name, work.labels),
            spec=spec,
            opts=pulumi.ResourceOptions.merge(
                self._after_access(),
                pulumi.ResourceOptions(
                    custom_timeouts=pulumi.CustomTimeouts(create=patience, update=patience),
                    ignore_changes=theirs,
                ),
            ),
        )

    def _service(self, name: str, service: str, selector: Mapping[str, str]) -> core.v1.Service:
        spec: Any = objects.service(selector)
        return core.v1.Service(name, metadata=self._metadata(service), spec=spec, opts=self._child)

    def _make_inference_service(self) -> None:
        metadata: Any = self._metadata(self._endpoint, kserve.labels(self._serves))
        metadata["annotations"] = kserve.annotations(self._serves)
        self.inference_service = self._custom(
            f"{self._name}-inference-service",
            kserve.API_VERSION,
            kserve.KIND,
            metadata,
            kserve.spec(self._serves, self._account),
            self._after_access(),
        )

    def _after_access(self) -> pulumi.ResourceOptions:
        """Pods wait for what they may read, and for the network policy: without it they
        would talk to anybody."""
        needs: list[pulumi.Resource] = [
            self.network_policy,
            *(self.access.resources if self.access else ()),
        ]
        return pulumi.ResourceOptions(parent=self, depends_on=needs)

    def _make_scaling(self) -> None:
        self.autoscaler: autoscaling.v2.HorizontalPodAutoscaler | None = None
        self.scaled_object: kubernetes.apiextensions.CustomResource | None = None
        args, name = self._args, f"{self._name}-autoscaler"
        if not workload.scales(args):
            return
        after = pulumi.ResourceOptions(parent=self)
        if not self._kserves:
            after.depends_on = [self.deployment]
        if scaling.metric(args) is not PodScalingMetric.CPU:
            spec = scaling.scaled_object(self._main, self._endpoint, self._space, args)
            metadata = self._metadata(self._endpoint)
            self.scaled_object = self._custom(
                name, scaling.KEDA, "ScaledObject", metadata, spec, after
            )
        elif not self._kserves:  # KServe makes one itself
            cores: Any = scaling.autoscaler(self._main, args)
            self.autoscaler = autoscaling.v2.HorizontalPodAutoscaler(
                name, metadata=self._metadata(self._endpoint), spec=cores, opts=after
            )

    def _make_ingress(self) -> None:
        self.ingress: networking.v1.Ingress | None = None
        self.route: kubernetes.apiextensions.CustomResource | None = None
        self.listener_rule: kubernetes.apiextensions.CustomResource | None = None
        self.target_groups: list[kubernetes.apiextensions.CustomResource] = []
        args, name = self._args, self._name
        if "ingress" not in args:
            return
        metadata: Any = self._metadata(self._endpoint)
        if args["ingress"].get("kind", IngressKind.ALB) is IngressKind.ALB:
            metadata["annotations"] = ingress.annotations(self._main, args)
            spec: Any = ingress.ingress_spec(self._main, args)
            self.ingress = networking.v1.Ingress(
                f"{name}-ingress", metadata=metadata, spec=spec, opts=self._child
            )
            return
        if ingress.by_aws(args["ingress"]):
            asked = ingress.listener_rule_spec(args["ingress"]["authentication"])
            api, kind = ingress.AWS_GATEWAY_API, "ListenerRuleConfiguration"
            self.listener_rule = self._custom(
                f"{name}-listener-rule", api, kind, metadata, asked, self._child
            )
            for number, service in enumerate(ingress.weights(self._main, args)):
                role = "canary-target-group" if number else "target-group"
                group = ingress.target_group_spec(service, args)
                made = self._custom(
                    f"{name}-{role}",
                    api,
                    "TargetGroupConfiguration",
                    self._metadata(service),
                    group,
                    self._child,
                )
                self.target_groups.append(made)
        rule = self._endpoint if self.listener_rule else None
        # Never a moment without authentication.
        needs = [resource for resource in (self.listener_rule, *self.target_groups) if resource]
        after = pulumi.ResourceOptions(parent=self, depends_on=needs)
        route = ingress.route_spec(self._main, args, rule)
        self.route = self._custom(
            f"{name}-route", ingress.GATEWAY_API, "HTTPRoute", metadata, route, after
        )

    def _make_alerts(self) -> None:
        self.pod_monitor: kubernetes.apiextensions.CustomResource | None = None
        self.rules: kubernetes.apiextensions.CustomResource | None = None
        args, name, metadata = self._args, self._name, self._metadata(self._endpoint)
        if not args.get("prometheus", True):
            return
        scraped = alerts.metrics(args)
        if scraped is not None:
            monitor = alerts.monitor_spec(self._endpoint, args, scraped)
            api = alerts.API_VERSION
            self.pod_monitor = self._custom(
                f"{name}-pod-monitor", api, "PodMonitor", metadata, monitor, self._child
            )
        spec = alerts.rule_spec(self._endpoint, self._space, args)
        self.rules = self._custom(
            f"{name}-alerts", alerts.API_VERSION, "PrometheusRule", metadata, spec, self._child
        )

    def _metadata(self, object_name: str, labels: Mapping[str, str] | None = None) -> Any:
        found = labels or workload.selector(self._endpoint)
        return {"name": object_name, "namespace": self._in, "labels": dict(found)}

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

    def _tell(self) -> None:
        args, endpoint = self._args, self._endpoint
        told = alerts.rules(endpoint, self._space, args) if self.rules else []
        made: pulumi.Resource = self.inference_service if self._kserves else self.service
        self.endpoint_name = pulumi.Output.from_input(endpoint)
        # Once what has it is there: whoever uses it waits. By the URN, which is known
        # in a preview too.
        self.service_name = made.urn.apply(lambda _: self._main)
        self.namespace = pulumi.Output.from_input(self._in)
        self.url = pulumi.Output.format("http://{0}.{1}.svc", self.service_name, self.namespace)
        host = (
            pulumi.Output.format("https://{0}", args["ingress"]["host"])
            if "ingress" in args
            else None
        )
        self.external_url = pulumi.Output.from_input(host)
        self.role_arn = pulumi.Output.from_input(self.access.role.arn if self.access else None)
        self.alarm_names = pulumi.Output.from_input([rule.name for rule in told])
        self.engine = pulumi.Output.from_input(workload.engine(args).value)
        self.register_outputs(
            {
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
