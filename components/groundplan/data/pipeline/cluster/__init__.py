"""What carries the runs of a DataPipeline on a Kubernetes cluster."""
