"""AWS Secrets Manager: resource types."""

from groundplan.catalog.resource_type import (
    SETTING,
    DataStore,
    Level,
    Priced,
    ResourceType,
    Safeguard,
)

TYPES = (
    ResourceType(
        ("aws:secretsmanager/secret:Secret",),
        "secret",
        cost=Priced("secret"),
        data=DataStore(
            "its value",
            recovery_window="recoveryWindowInDays",
            recovery_window_default=30,
            needs_protection=True,
        ),
    ),
    ResourceType(
        ("aws:secretsmanager/secretPolicy:SecretPolicy",),
        "secret policy",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:secretsmanager/secretRotation:SecretRotation",),
        "secret rotation",
        cost=SETTING,
        safeguard=Safeguard("nothing rotates the secret any more", level=Level.LOW),
    ),
    ResourceType(
        ("aws:secretsmanager/secretVersion:SecretVersion",),
        "secret version",
        cost=SETTING,
    ),
)
