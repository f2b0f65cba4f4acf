"""Building blocks for Kubernetes that several components share: charts, pod identity,
labels, resource names of devices, network policy rules, alert rules."""
