"""Amazon Managed Grafana: resource types."""

from groundplan.catalog.resource_type import (
    ACCESS,
    SETTING,
    DataStore,
    Level,
    Priced,
    ResourceType,
    Service,
)

TYPES = (
    ResourceType(
        ("aws:grafana/roleAssociation:RoleAssociation",),
        "Grafana role association",
        cost=ACCESS,
        summary=("role",),
    ),
    ResourceType(
        ("aws:grafana/workspace:Workspace",),
        "Grafana workspace",
        cost=Priced("grafana-workspace"),
        summary=("grafanaVersion", "authenticationProviders[*]"),
        data=DataStore(
            "the dashboards and users that people created in it",
            level=Level.MEDIUM,
            needs_protection=True,
        ),
        service=Service("nobody sees its dashboards", level=Level.LOW),
    ),
    ResourceType(
        ("aws:grafana/workspaceSamlConfiguration:WorkspaceSamlConfiguration",),
        "Grafana SAML configuration",
        cost=SETTING,
        service=Service("nobody can sign in", level=Level.LOW, part=True),
    ),
)
