"""Amazon EKS: resource types."""

from groundplan.catalog.resource_type import SETTING, Level, Priced, ResourceType, Service, Unpriced

# EKS API reference, CreateCluster.
CLUSTER = ResourceType(
    ("aws:eks/cluster:Cluster",),
    "EKS cluster",
    cost=Priced("eks-cluster"),
    summary=("name", "version", "vpcConfig.endpointPublicAccess"),
    service=Service(
        "everything that runs on it stops, training and services alike",
        deletion_protection="deletionProtection",
    ),
    create_only=(
        "accessConfig.bootstrapClusterCreatorAdminPermissions",
        "bootstrapSelfManagedAddons",
    ),
)

TYPES = (
    ResourceType(
        ("aws:eks/accessEntry:AccessEntry",),
        "access entry",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:eks/accessPolicyAssociation:AccessPolicyAssociation",),
        "access policy association",
        cost=SETTING,
        summary=("policy=policyArn", "principalArn"),
    ),
    ResourceType(
        ("aws:eks/addon:Addon",),
        "addon",
        cost=Priced("eks-addon"),
        summary=("addonName", "addonVersion"),
        service=Service(
            "what the add-on does for the cluster stops",
            level=Level.MEDIUM,
            part=True,
            retained_if="preserve",
        ),
    ),
    CLUSTER,
    ResourceType(
        ("aws:eks/fargateProfile:FargateProfile",),
        "fargate profile",
        cost=Unpriced(),
        service=Service("pods that it schedules no longer start", level=Level.MEDIUM, part=True),
    ),
    ResourceType(
        ("aws:eks/identityProviderConfig:IdentityProviderConfig",),
        "identity provider config",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:eks/nodeGroup:NodeGroup",),
        "node group",
        cost=Priced("eks-node-group"),
        aliases=("eks.ManagedNodeGroup", "eks.Nodegroup"),
        summary=(
            "instanceTypes",
            "size=scalingConfig.minSize-scalingConfig.maxSize",
            "capacityType",
        ),
        service=Service(
            "what runs on its nodes stops, training included",
            part=True,
            when_replaced="its nodes are terminated; what runs on them, training included, stops",
        ),
    ),
    ResourceType(
        ("aws:eks/podIdentityAssociation:PodIdentityAssociation",),
        "pod identity association",
        cost=SETTING,
        summary=("namespace", "serviceAccount"),
    ),
)
