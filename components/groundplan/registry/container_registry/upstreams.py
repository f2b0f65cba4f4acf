"""The public registries that ECR can cache, as plain data."""

PUBLIC = {
    "ecr-public": "public.ecr.aws",
    "kubernetes": "registry.k8s.io",
    "quay": "quay.io",
}
"""Upstreams without authentication (Amazon ECR User Guide, "Sync an upstream
registry")."""

WITH_CREDENTIALS = {
    "docker-hub": "registry-1.docker.io",
    "github": "ghcr.io",
    "gitlab": "registry.gitlab.com",
}
"""Upstreams that ECR pulls from with the credentials of an account there."""

UPSTREAMS = {**PUBLIC, **WITH_CREDENTIALS}
