"""Public registries that ECR caches: nodes then pull from ECR alone, which no rate
limit and no outage elsewhere stops."""

import re
from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from groundplan.problems import MISSING, Problem, one_of
from groundplan.registry.container_registry import image_lifecycle

PUBLIC = {
    "ecr-public": "public.ecr.aws",
    "kubernetes": "registry.k8s.io",
    "quay": "quay.io",
}
"""Upstreams that anybody may pull from (Amazon ECR User Guide, "Sync an upstream
registry")."""

WITH_CREDENTIALS = {
    "docker-hub": "registry-1.docker.io",
    "github": "ghcr.io",
    "gitlab": "registry.gitlab.com",
}
"""Upstreams that ECR pulls from with an account of one's own."""

UPSTREAMS = {**PUBLIC, **WITH_CREDENTIALS}

SECRET = re.compile(r"arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:ecr-pullthroughcache/.+")
"""ECR reads no secret of another name."""


class PullThroughArgs(TypedDict):
    """A public registry that is cached."""

    credential_arn: NotRequired[pulumi.Input[str]]
    """ARN of the secret in Secrets Manager with the user name and access token, called
    ecr-pullthroughcache/<anything>. Required for docker-hub, github and gitlab, refused
    for the others. Updates in place."""


def problems(caches: Mapping[str, PullThroughArgs]) -> list[Problem]:
    """What is wrong with them; the keys are the upstreams."""
    found = []
    for upstream, cache in caches.items():
        secret = cache.get("credential_arn")
        if unknown := one_of(upstream, upstream, sorted(UPSTREAMS)):
            found += unknown
        elif upstream in WITH_CREDENTIALS and secret is None:
            allowed = f"the ARN of a secret with an account of {UPSTREAMS[upstream]}"
            fix = "store user name and access token in a secret called ecr-pullthroughcache/<anything>, and give its ARN"
            found.append(Problem(f"{upstream}.credential_arn", MISSING, allowed, fix))
        elif upstream in PUBLIC and secret is not None:
            allowed = f"nothing: anybody may pull from {UPSTREAMS[upstream]}"
            found.append(Problem(f"{upstream}.credential_arn", secret, allowed, "remove it"))
        elif isinstance(secret, str) and not SECRET.fullmatch(secret):
            allowed = "the ARN of a secret whose name begins with ecr-pullthroughcache/"
            found.append(
                Problem(f"{upstream}.credential_arn", secret, allowed, "rename the secret")
            )
    return found


class PullThrough:
    """One cache: the rule, and how the repositories look that ECR makes by it."""

    template: aws.ecr.RepositoryCreationTemplate
    rule: aws.ecr.PullThroughCacheRule

    def __init__(
        self, name: str, upstream: str, prefix: str, cache: PullThroughArgs, parent: pulumi.Resource
    ) -> None:
        # Without a key of one's own and without tags, for which ECR would need a role:
        # what is cached is public. Its tags are the upstream's, and move when those do.
        self.template = aws.ecr.RepositoryCreationTemplate(
            f"{name}-{upstream}-template",
            prefix=prefix,
            description=f"Images of {UPSTREAMS[upstream]}",
            applied_fors=["PULL_THROUGH_CACHE"],
            encryption_configurations=[
                aws.ecr.RepositoryCreationTemplateEncryptionConfigurationArgs(
                    encryption_type="AES256"
                )
            ],
            image_tag_mutability="MUTABLE",
            lifecycle_policy=image_lifecycle.policy(),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        self.rule = aws.ecr.PullThroughCacheRule(
            f"{name}-{upstream}",
            ecr_repository_prefix=prefix,
            upstream_registry_url=UPSTREAMS[upstream],
            credential_arn=cache.get("credential_arn"),
            # ECR makes the first repository by the template, if that is there by then.
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[self.template]),
        )
