"""The copies of pushed images in another region."""

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.registry.container_registry.spec import RegistrySpec


class ImageReplica:
    """The replication configuration of the account in this region, and the template of
    the repositories that ECR creates in the other.

    Without the template these would have mutable tags and no lifecycle. With a customer
    managed key ECR would need a role (Amazon ECR User Guide, "Repository creation
    templates"): copies are encrypted with AES256.
    """

    def __init__(
        self,
        name: str,
        spec: RegistrySpec,
        region: str,
        lifecycle_policy: str,
        parent: pulumi.Resource,
    ) -> None:
        self.template = aws.ecr.RepositoryCreationTemplate(
            f"{name}-replica-template",
            region=region,
            prefix=spec.prefix.rstrip("/"),
            description=f"Copies of images of {name}",
            applied_fors=["REPLICATION"],
            encryption_configurations=[
                aws.ecr.RepositoryCreationTemplateEncryptionConfigurationArgs(
                    encryption_type="AES256"
                )
            ],
            image_tag_mutability="IMMUTABLE",
            lifecycle_policy=lifecycle_policy,
            opts=pulumi.ResourceOptions(parent=parent),
        )
        self.configuration = aws.ecr.ReplicationConfiguration(
            f"{name}-replica",
            replication_configuration=aws.ecr.ReplicationConfigurationReplicationConfigurationArgs(
                rules=[
                    aws.ecr.ReplicationConfigurationReplicationConfigurationRuleArgs(
                        destinations=[
                            aws.ecr.ReplicationConfigurationReplicationConfigurationRuleDestinationArgs(
                                region=region,
                                registry_id=iam.account_id(pulumi.InvokeOptions(parent=parent)),
                            )
                        ],
                        repository_filters=[
                            aws.ecr.ReplicationConfigurationReplicationConfigurationRuleRepositoryFilterArgs(
                                filter=f"{spec.prefix}{repository}", filter_type="PREFIX_MATCH"
                            )
                            for repository in spec.repositories
                        ],
                    )
                ]
            ),
            # ECR applies a template to a repository only if it exists by then.
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[self.template]),
        )
