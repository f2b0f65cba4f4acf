"""Elastic Load Balancing: load balancers but Classic ones: resource types."""

from groundplan.catalog.resource_type import SETTING, Level, Priced, ResourceType, Service

LOAD_BALANCER = ResourceType(
    ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"),
    "load balancer",
    cost=Priced("load-balancer"),
    aliases=("applicationloadbalancing.LoadBalancer", "elasticloadbalancingv2.LoadBalancer"),
    service=Service(
        "its address is released, and its callers fail",
        deletion_protection="enableDeletionProtection",
    ),
)

TYPES = (
    ResourceType(
        ("aws:lb/listener:Listener", "aws:alb/listener:Listener"),
        "listener",
        cost=SETTING,
        aliases=("elasticloadbalancingv2.Listener",),
        service=Service("the load balancer no longer answers on its port", part=True),
    ),
    ResourceType(
        (
            "aws:lb/listenerCertificate:ListenerCertificate",
            "aws:alb/listenerCertificate:ListenerCertificate",
        ),
        "listener certificate",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule"),
        "listener rule",
        cost=SETTING,
        service=Service(
            "its requests go to the default action", level=Level.MEDIUM, part=True, read_only=True
        ),
    ),
    LOAD_BALANCER,
    ResourceType(
        ("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup"),
        "target group",
        cost=SETTING,
        aliases=("elasticloadbalancingv2.TargetGroup",),
        service=Service(
            "the load balancer no longer reaches what is behind it",
            part=True,
            level_when_replaced=Level.MEDIUM,
        ),
    ),
    ResourceType(
        (
            "aws:lb/targetGroupAttachment:TargetGroupAttachment",
            "aws:alb/targetGroupAttachment:TargetGroupAttachment",
        ),
        "target group attachment",
        cost=SETTING,
    ),
)
