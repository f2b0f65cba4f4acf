"""Amazon ECR: resource types."""

from groundplan.catalog.resource_type import (
    SETTING,
    DataStore,
    Level,
    Priced,
    ResourceType,
    Service,
    Unpriced,
)

TYPES = (
    ResourceType(
        ("aws:ecr/lifecyclePolicy:LifecyclePolicy",),
        "lifecycle policy",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:ecr/pullThroughCacheRule:PullThroughCacheRule",),
        "pull through cache rule",
        cost=SETTING,
        service=Service(
            "what isn't cached yet can't be pulled by it", level=Level.MEDIUM, part=True
        ),
    ),
    ResourceType(
        ("aws:ecr/registryPolicy:RegistryPolicy",),
        "registry policy",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",),
        "registry scanning configuration",
        cost=Priced("image-scanning"),
    ),
    ResourceType(
        ("aws:ecr/replicationConfiguration:ReplicationConfiguration",),
        "replication configuration",
        cost=Unpriced(),
    ),
    ResourceType(
        ("aws:ecr/repository:Repository",),
        "image repository",
        cost=Priced("image-repository"),
        data=DataStore(
            "all images in it", deletes_contents_if="forceDelete", needs_protection=True
        ),
    ),
    ResourceType(
        ("aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",),
        "repository creation template",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:ecr/repositoryPolicy:RepositoryPolicy",),
        "repository policy",
        cost=SETTING,
    ),
)
