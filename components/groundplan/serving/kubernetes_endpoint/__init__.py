"""Models served on a Kubernetes cluster: any container, vLLM for language models, or
KServe."""
