"""Amazon ECR Public: resource types."""

from groundplan.catalog.resource_type import DataStore, ResourceType, Unpriced

TYPES = (
    ResourceType(
        ("aws:ecrpublic/repository:Repository",),
        "image repository",
        cost=Unpriced(),
        data=DataStore("all images in it", deletes_contents_if="forceDestroy"),
    ),
)
