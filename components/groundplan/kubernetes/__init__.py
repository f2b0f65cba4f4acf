"""Building blocks for Kubernetes that several components share: charts, pod identity,
labels, alert rules."""
