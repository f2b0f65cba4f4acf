"""AWS Backup: resource types."""

from groundplan.catalog.resource_type import DataStore, ResourceType, Unpriced

TYPES = (
    ResourceType(
        ("aws:backup/vault:Vault",),
        "vault",
        cost=Unpriced(),
        data=DataStore("all backups in it", deletes_contents_if="forceDestroy"),
    ),
)
