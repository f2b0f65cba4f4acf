"""Public registries that ECR caches: nodes then pull from ECR only, without rate limits
and independent of outages elsewhere."""

import pulumi
import pulumi_aws as aws

from groundplan.registry.container_registry import image_lifecycle
from groundplan.registry.container_registry.args import REGISTRY_DEFAULTS
from groundplan.registry.container_registry.upstreams import UPSTREAMS


class PullThrough:
    """A pull through cache: its rule, and the template of the repositories that ECR
    creates by it."""

    template: aws.ecr.RepositoryCreationTemplate
    rule: aws.ecr.PullThroughCacheRule

    def __init__(
        self,
        name: str,
        upstream: str,
        prefix: str,
        credential_arn: pulumi.Input[str] | None,
        parent: pulumi.Resource,
    ) -> None:
        self.prefix = prefix
        """The repository of an image: `<registry>/<prefix>/<image>`."""
        # Without a customer managed key and without tags, for which ECR would need a
        # role: cached images are public. Their tags are the upstream's, and mutable.
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
            lifecycle_policy=image_lifecycle.policy(REGISTRY_DEFAULTS["untagged_days"], {}),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        self.rule = aws.ecr.PullThroughCacheRule(
            f"{name}-{upstream}",
            ecr_repository_prefix=prefix,
            upstream_registry_url=UPSTREAMS[upstream],
            credential_arn=credential_arn,
            # ECR applies the template to the first repository only if it exists by
            # then.
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[self.template]),
        )
