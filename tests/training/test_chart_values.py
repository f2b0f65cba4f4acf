"""Every value that is set in a Helm chart, with the template that reads it.

The charts, but for MLflow's, have no schema: a key that they don't know is dropped
without a word. Each of these was found to change what `helm template` renders with the
pinned chart, or is named below as a default that is said on purpose. MLflow's chart has
a schema, and its keys are tested in tests/registry. To raise a chart's version, render
it with and without each.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from groundplan import LogStore, MonitoringStack, TrainingCluster, TrainingPlatform
from groundplan.testing import deploy

RELEASE = "kubernetes:helm.sh/v3:Release"

DEFAULTS_ON_PURPOSE = {
    ("cluster-autoscaler", "rbac.serviceAccount.name"): "the pod identity association names it",
    ("fluent-bit", "serviceAccount.name"): "the pod identity association names it",
    ("fluent-bit", "metricsPort"): "the network policy and the PodMonitor name it",
    ("karpenter", "serviceAccount.name"): "the pod identity association names it",
    ("karpenter", "replicas"): "it stays two",
    (
        "karpenter",
        "settings.featureGates.reservedCapacity",
    ): "a gate, whose default changes between versions",
    (
        "kube-prometheus-stack",
        "grafana.persistence.size",
    ): "an argument, whose default is the chart's",
}
"""What is set although the chart's default is the same, and why."""

# A key covers every value below it, where the template copies it as it is.
READ: Mapping[str, Mapping[str, str]] = {
    # aws/eks-charts@52396092, stable/aws-efa-k8s-device-plugin
    "aws-efa-k8s-device-plugin": {
        "supportedInstanceLabels.keys": "templates/daemonset.yaml:53",
        "supportedInstanceLabels.values": "templates/daemonset.yaml:58",
        "tolerations": "templates/daemonset.yaml:37",
    },
    # kubernetes/autoscaler@55c37cd5, cluster-autoscaler/charts/cluster-autoscaler
    "cluster-autoscaler": {
        "autoDiscovery.clusterName": "templates/deployment.yaml:88",
        "awsRegion": "templates/deployment.yaml:155",
        "extraArgs": "templates/deployment.yaml:136",
        "fullnameOverride": "templates/_helpers.tpl:14",
        "image.tag": "templates/deployment.yaml:63",
        "rbac.serviceAccount.name": "templates/_helpers.tpl:95",
        "resources": "templates/deployment.yaml:297",
    },
    # NVIDIA/dcgm-exporter@d5e5f510, deployment
    "dcgm-exporter": {
        "customMetrics": "templates/metrics-configmap.yaml:9",
        "extraHostVolumes": "templates/daemonset.yaml:94",
        "extraVolumeMounts": "templates/daemonset.yaml:182",
        "nodeSelector": "templates/daemonset.yaml:70",
        "securityContext.capabilities.add": "templates/daemonset.yaml:115",
        "serviceMonitor.honorLabels": "templates/service-monitor.yaml:38",
        "serviceMonitor.interval": "templates/service-monitor.yaml:36",
        "serviceMonitor.relabelings": "templates/service-monitor.yaml:40",
        "tolerations": "templates/daemonset.yaml:74",
    },
    # fluent/helm-charts@5b81bf7a, charts/fluent-bit
    "fluent-bit": {
        "config.customParsers": "templates/configmap.yaml:11",
        "config.filters": "templates/configmap.yaml:15",
        "config.inputs": "templates/configmap.yaml:14",
        "config.outputs": "templates/configmap.yaml:16",
        "config.service": "templates/configmap.yaml:13",
        "daemonSetVolumeMounts": "templates/_pod.tpl:102",
        "daemonSetVolumes": "templates/_pod.tpl:152",
        "env": "templates/_pod.tpl:49",
        "image.digest": "templates/_helpers.tpl:70",
        "image.tag": "templates/_pod.tpl:44",
        "luaScripts": "templates/configmap-luascripts.yaml:10",
        "metricsPort": "templates/_pod.tpl:73",
        "priorityClassName": "templates/_pod.tpl:11",
        "resources": "templates/_pod.tpl:92",
        "securityContext": "templates/_pod.tpl:42",
        "serviceAccount.name": "templates/_helpers.tpl:59",
        "terminationGracePeriodSeconds": "templates/_pod.tpl:18",
        "testFramework.enabled": "templates/tests/test-connection.yaml:1",
        "tolerations": "templates/_pod.tpl:167",
        "updateStrategy": "templates/daemonset.yaml:22",
    },
    # kubernetes-sigs/jobset@f22e565a, charts/jobset
    "jobset": {},
    # aws/karpenter-provider-aws@1d927085, charts
    "karpenter": {
        "controller.resources": "templates/deployment.yaml:228",
        "nodeSelector": "templates/deployment.yaml:254",
        "replicas": "templates/deployment.yaml:13",
        "serviceAccount.name": "templates/_helpers.tpl:61",
        "settings.clusterName": "templates/deployment.yaml:153",
        "settings.featureGates.nodeRepair": "templates/deployment.yaml:129",
        "settings.featureGates.reservedCapacity": "templates/deployment.yaml:129",
        "settings.interruptionQueue": "templates/deployment.yaml:170",
    },
    "karpenter-crd": {},
    # prometheus-community/helm-charts@cf408a29, charts/kube-prometheus-stack;
    # grafana-community/helm-charts@3386a115
    "kube-prometheus-stack": {
        "additionalPrometheusRulesMap": "templates/prometheus/additionalPrometheusRules.yaml:2",
        "alertmanager.alertmanagerSpec.replicas": "templates/alertmanager/alertmanager.yaml:35",
        "alertmanager.alertmanagerSpec.storage": "templates/alertmanager/alertmanager.yaml:115",
        "alertmanager.config": "templates/alertmanager/secret.yaml:24",
        "alertmanager.enabled": "templates/alertmanager/alertmanager.yaml:1",
        "alertmanager.serviceAccount.name": "templates/_helpers.tpl:119",
        "defaultRules.disabled.KubeJobNotCompleted": "templates/prometheus/rules-1.14/kubernetes-apps.yaml:521",  # noqa: E501
        "defaultRules.rules.alertmanager": "templates/prometheus/rules-1.14/alertmanager.rules.yaml:7",  # noqa: E501
        "grafana.additionalDataSources": "templates/grafana/configmaps-datasources.yaml:93",
        "grafana.enabled": "Chart.yaml:65",
        "grafana.serviceAccount.name": "charts/grafana/templates/_helpers.tpl:39",
        "grafana.deploymentStrategy": "charts/grafana/templates/deployment.yaml:24",
        "grafana.persistence.annotations": "charts/grafana/templates/pvc.yaml:12",
        "grafana.persistence.enabled": "charts/grafana/templates/pvc.yaml:1",
        "grafana.persistence.size": "charts/grafana/templates/pvc.yaml:27",
        "grafana.persistence.storageClassName": "charts/grafana/templates/pvc.yaml:33",
        "kube-state-metrics.metricLabelsAllowlist": "charts/kube-state-metrics/templates/deployment.yaml:101",  # noqa: E501
        "kubeControllerManager.enabled": "templates/exporters/kube-controller-manager/service.yaml:1",  # noqa: E501
        "kubeEtcd.enabled": "templates/exporters/kube-etcd/service.yaml:1",
        "kubeProxy.enabled": "templates/exporters/kube-proxy/service.yaml:1",
        "kubeScheduler.enabled": "templates/exporters/kube-scheduler/service.yaml:1",
        "prometheus.additionalServiceMonitors": "templates/prometheus/servicemonitors.yaml:5",
        "prometheus.prometheusSpec.additionalAlertManagerConfigs": "templates/prometheus/additionalAlertmanagerConfigs.yaml:15",  # noqa: E501
        "prometheus.prometheusSpec.additionalAlertRelabelConfigs": "templates/prometheus/additionalAlertRelabelConfigs.yaml:15",  # noqa: E501
        "prometheus.prometheusSpec.externalLabels": "templates/prometheus/prometheus.yaml:66",
        "prometheus.prometheusSpec.podMonitorSelectorNilUsesHelmValues": "templates/prometheus/prometheus.yaml:212",  # noqa: E501
        "prometheus.prometheusSpec.probeSelectorNilUsesHelmValues": "templates/prometheus/prometheus.yaml:228",  # noqa: E501
        "prometheus.prometheusSpec.remoteWrite": "templates/prometheus/prometheus.yaml:253",
        "prometheus.prometheusSpec.replicaExternalLabelName": "templates/prometheus/prometheus.yaml:76",  # noqa: E501
        "prometheus.prometheusSpec.replicas": "templates/prometheus/prometheus.yaml:95",
        "prometheus.prometheusSpec.retention": "templates/prometheus/prometheus.yaml:162",
        "prometheus.prometheusSpec.retentionSize": "templates/prometheus/prometheus.yaml:163",
        "prometheus.prometheusSpec.ruleSelectorNilUsesHelmValues": "templates/prometheus/prometheus.yaml:280",  # noqa: E501
        "prometheus.prometheusSpec.scrapeConfigSelectorNilUsesHelmValues": "templates/prometheus/prometheus.yaml:291",  # noqa: E501
        "prometheus.prometheusSpec.serviceMonitorSelectorNilUsesHelmValues": "templates/prometheus/prometheus.yaml:196",  # noqa: E501
        "prometheus.prometheusSpec.storageSpec": "templates/prometheus/prometheus.yaml:304",
        "prometheus.serviceAccount.name": "templates/_helpers.tpl:110",
    },
    # kubeflow/trainer@c505fc7c, charts/kubeflow-trainer
    "kubeflow-trainer": {"jobset.install": "Chart.yaml:31"},
    # opencost/opencost-helm-chart@725bb939, charts/opencost
    "opencost": {
        "opencost.customPricing.costModel": "templates/configmap-custom-pricing.yaml:9",
        "opencost.customPricing.enabled": "templates/deployment.yaml:282",
        "opencost.exporter.defaultClusterId": "templates/deployment.yaml:208",
        "opencost.exporter.securityContext": "templates/deployment.yaml:143",
        "opencost.mcp.enabled": "templates/deployment.yaml:334",
        "opencost.metrics.config.disabledMetrics": "templates/configmap-metrics-config.yaml:10",
        "opencost.metrics.config.enabled": "templates/configmap-metrics-config.yaml:1",
        "opencost.metrics.kubeStateMetrics.emitKsmV1Metrics": "templates/deployment.yaml:314",
        "opencost.metrics.kubeStateMetrics.emitKsmV1MetricsOnly": "templates/deployment.yaml:318",
        "opencost.metrics.serviceMonitor.enabled": "templates/servicemonitor.yaml:1",
        "opencost.prometheus.external.enabled": "templates/_helpers.tpl:174",
        "opencost.prometheus.external.url": "templates/_helpers.tpl:175",
        "opencost.prometheus.internal.enabled": "templates/_helpers.tpl:224",
        "opencost.ui.enabled": "templates/deployment.yaml:386",
    },
    # ray-project/kuberay@59d663ae, helm-chart/kuberay-operator
    "kuberay-operator": {},
    # kubernetes-sigs/kueue@8eab6877, charts/kueue. The text was judged by Kueue's own
    # config.Load, which is strict, and config.Validate (module sigs.k8s.io/kueue
    # v0.19.2), as it is and as the chart completes it.
    "kueue": {
        "controllerManager.podDisruptionBudget.enabled": "templates/manager/manager-pdb.yaml:17",
        "controllerManager.replicas": "templates/manager/manager.yaml:25",
        "managerConfig.controllerManagerConfigYaml": "templates/manager/manager-config.yaml:26",
    },
    # aws-neuron/neuron-helm-charts@97e1b7d3, charts/neuron-helm-chart
    "neuron-helm-chart": {"npd.enabled": "templates/npd/npd-daemonset.yaml:1"},
    # NVIDIA/k8s-device-plugin@1b826acc, deployments/helm/nvidia-device-plugin
    "nvidia-device-plugin": {"affinity": "templates/daemonset-device-plugin.yml:268"},
}

POOLS: Any = {
    "gpu": {"instance_type": "g5.12xlarge", "max_size": 2},
    "efa": {"instance_type": "p5.48xlarge", "max_size": 2, "efa": True, "zone": "us-east-1b"},
    "neuron": {"instance_type": "trn1.32xlarge", "max_size": 2},
    "rocket": {"instance_type": "g6.12xlarge", "max_size": 2, "image": "bottlerocket"},
    "spot": {
        "instance_type": "g6e.12xlarge",
        "max_size": 2,
        "capacity_type": "spot",
        "provisioner": "karpenter",
    },
}


@pytest.fixture(scope="module")
def releases() -> dict[str, list[dict[str, Any]]]:
    """The values of all charts, with everything that can be asked for: of a chart with
    several forms, those of each."""

    def program() -> None:
        cluster = TrainingCluster(
            "training",
            {
                "vpc_id": "vpc-1",
                "private_subnet_ids": ["subnet-a", "subnet-b"],
                "zones": ["us-east-1a", "us-east-1b"],
                "administrators": ["arn:aws:iam::123456789012:role/platform"],
                "pools": POOLS,
                "frameworks": {"ray": True, "trainer": True},
            },
        )
        MonitoringStack(
            "monitoring",
            {
                "cluster": {"cluster_name": "training", "gpus": True, "open_cost": True},
                "prometheus": {"storage_class": "gp3", "cloudwatch": True},
            },
            pulumi.ResourceOptions(providers=[cluster.kubernetes_provider]),
        )
        MonitoringStack(
            "managed",
            {
                "cluster": {"cluster_name": "training"},
                "prometheus": {"backend": "managed"},
                "owner": "ml",
            },
            pulumi.ResourceOptions(providers=[cluster.kubernetes_provider]),
        )
        open_cost: Any = {
            "prometheus_url": "http://prometheus.metrics.svc",
            "prices": {
                "cpu_usd_per_hour": 0.03,
                "memory_usd_per_gib_hour": 0.004,
                "gpu_usd_per_hour": 0.9,
                "storage_usd_per_gib_month": 0.08,
            },
        }
        TrainingPlatform("platform", {"kubeconfig": "{}", "open_cost": open_cost})
        LogStore(
            "logs",
            {"cluster": {"cluster_name": "training"}},
            pulumi.ResourceOptions(providers=[cluster.kubernetes_provider]),
        )

    found: dict[str, list[dict[str, Any]]] = {}
    for release in deploy(program).all(RELEASE).values():
        found.setdefault(release.inputs["name"], []).append(release.inputs.get("values") or {})
    return found


def leaves(values: Any, path: str = "") -> set[str]:
    if not isinstance(values, dict):
        return {path}
    return {
        leaf for key, below in values.items() for leaf in leaves(below, f"{path}.{key}".lstrip("."))
    }


def under(leaf: str, key: str) -> bool:
    return leaf == key or leaf.startswith(f"{key}.")


def test_each_chart_is_in_the_table(releases: dict[str, list[dict[str, Any]]]) -> None:
    assert set(releases) == set(READ)


@pytest.mark.parametrize("chart", READ)
def test_what_is_set_is_read_by_the_chart_and_what_is_in_the_table_is_set(
    chart: str, releases: dict[str, list[dict[str, Any]]]
) -> None:
    set_keys = {leaf for values in releases[chart] for leaf in leaves(values)} - {""}
    known = READ[chart]

    assert {leaf for leaf in set_keys if not any(under(leaf, key) for key in known)} == set()
    assert {key for key in known if not any(under(leaf, key) for leaf in set_keys)} == set()


def test_each_reason_for_a_repeated_default_is_of_a_value_that_is_set() -> None:
    assert all(key in READ[chart] for chart, key in DEFAULTS_ON_PURPOSE)
