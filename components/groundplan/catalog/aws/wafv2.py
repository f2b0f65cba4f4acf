"""AWS WAF: resource types."""

from groundplan.catalog.resource_type import ResourceType, Safeguard, Unpriced

TYPES = (
    ResourceType(
        ("aws:wafv2/webAcl:WebAcl",),
        "web acl",
        cost=Unpriced(),
        safeguard=Safeguard("requests that it filtered are let through"),
    ),
    ResourceType(
        ("aws:wafv2/webAclAssociation:WebAclAssociation",),
        "web acl association",
        cost=Unpriced(),
        safeguard=Safeguard("requests that it filtered are let through"),
    ),
)
