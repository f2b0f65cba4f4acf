"""The names of Fluent Bit in a cluster."""

NAMESPACE = "logging-system"
"""Reserved by its form (`kubernetes.namespaces`), so that no team has it."""

RELEASE = "fluent-bit"
"""The release has the chart's name: so do the DaemonSet and the service account."""

SERVICE_ACCOUNT = RELEASE
PORT = 2020
"""Health and metrics."""

STATE = "/var/fluent-bit/state"
"""The folder of the node that holds positions and what is not delivered yet, as in
AWS's own configuration (aws-samples/amazon-cloudwatch-container-insights,
fluent-bit.yaml). It outlives the pod."""

PLATFORM = "platform"
"""The team of lines that belong to no team."""
