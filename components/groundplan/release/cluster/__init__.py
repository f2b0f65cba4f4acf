"""Releases of a `KubernetesEndpoint` from a registry in the bucket: boto3's S3, the
Kubernetes API and Prometheus, without SageMaker and without Pulumi.

`registry` has the versions, `target` is the endpoint, `workloads` its objects, `alerts`
its health, and `releases` moves it from one version to another.
"""
