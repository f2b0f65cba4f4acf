"""Jobs of a retraining run on a Kubernetes cluster, through its queue."""
