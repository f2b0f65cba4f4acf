"""TrainingCluster: an EKS cluster with node pools, queues and teams."""
