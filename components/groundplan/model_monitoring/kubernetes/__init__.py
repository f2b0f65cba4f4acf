"""KubernetesModelMonitoring: scheduled checks on any Kubernetes cluster."""
