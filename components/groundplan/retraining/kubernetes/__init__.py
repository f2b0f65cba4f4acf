"""KubernetesRetraining: retraining on a cluster's queue, carried by a CronJob."""
