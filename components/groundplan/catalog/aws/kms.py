"""AWS KMS: resource types."""

from groundplan.catalog.resource_type import NAME, SETTING, DataStore, Priced, ResourceType

KEY = ResourceType(
    ("aws:kms/key:Key",),
    "encryption key",
    cost=Priced("kms-key"),
    summary=("enableKeyRotation", "deletionWindowInDays"),
    data=DataStore(
        "everything that is encrypted with it",
        recovery_window="deletionWindowInDays",
        recovery_window_default=30,
        needs_protection=True,
    ),
)

TYPES = (
    ResourceType(
        ("aws:kms/alias:Alias",),
        "alias",
        cost=NAME,
    ),
    ResourceType(
        ("aws:kms/grant:Grant",),
        "grant",
        cost=SETTING,
    ),
    KEY,
    ResourceType(
        ("aws:kms/keyPolicy:KeyPolicy",),
        "key policy",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:kms/replicaKey:ReplicaKey",),
        "encryption key",
        cost=Priced("kms-replica-key"),
        data=DataStore(
            "what is encrypted with it in this region",
            recovery_window="deletionWindowInDays",
            recovery_window_default=30,
        ),
    ),
)
