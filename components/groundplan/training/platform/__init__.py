"""TrainingPlatform: queues, teams and frameworks on an existing Kubernetes cluster."""
