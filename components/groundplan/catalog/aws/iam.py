"""AWS IAM: resource types."""

from groundplan.catalog.resource_type import ACCESS, ResourceType

ROLE = ResourceType(
    ("aws:iam/role:Role",),
    "role",
    cost=ACCESS,
    summary=("trusts=assumeRolePolicy",),
)

TYPES = (
    ResourceType(
        ("aws:iam/group:Group",),
        "group",
        cost=ACCESS,
    ),
    ResourceType(
        ("aws:iam/instanceProfile:InstanceProfile",),
        "instance profile",
        cost=ACCESS,
    ),
    ResourceType(
        ("aws:iam/openIdConnectProvider:OpenIdConnectProvider",),
        "open id connect provider",
        cost=ACCESS,
    ),
    ResourceType(
        ("aws:iam/policy:Policy",),
        "policy",
        cost=ACCESS,
        aliases=("iam.ManagedPolicy",),
    ),
    ROLE,
    ResourceType(
        ("aws:iam/rolePolicy:RolePolicy",),
        "role policy",
        cost=ACCESS,
    ),
    ResourceType(
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment",),
        "role policy attachment",
        cost=ACCESS,
        summary=("policy=policyArn",),
    ),
    ResourceType(
        ("aws:iam/user:User",),
        "user",
        cost=ACCESS,
    ),
)
