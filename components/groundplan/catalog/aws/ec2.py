"""Amazon EC2 and Amazon VPC: resource types."""

from groundplan.catalog.resource_type import (
    NAME,
    NETWORK,
    SETTING,
    DataStore,
    Level,
    Priced,
    ResourceType,
    Safeguard,
    Service,
    Unpriced,
)

CAPACITY_BLOCK = ResourceType(
    ("aws:ec2/capacityBlockReservation:CapacityBlockReservation",),
    "capacity block reservation",
    cost=Priced("capacity-block"),
)

CAPACITY_RESERVATION = ResourceType(
    ("aws:ec2/capacityReservation:CapacityReservation",),
    "capacity reservation",
    cost=Priced("capacity-reservation"),
    service=Service(
        "its capacity is released, and may not be available when jobs need it",
        level=Level.MEDIUM,
        part=True,
    ),
)

FLOW_LOG = ResourceType(
    ("aws:ec2/flowLog:FlowLog",),
    "flow log",
    cost=Priced("flow-log"),
    safeguard=Safeguard("traffic in the network is no longer recorded"),
)

INSTANCE = ResourceType(
    ("aws:ec2/instance:Instance",),
    "machine",
    cost=Priced("ec2-instance"),
    summary=("instanceType", "ami"),
    # disableApiTermination prevents neither: the provider disables it first.
    data=DataStore("what is on its disks", level=Level.MEDIUM),
    service=Service("what runs on it stops", level=Level.MEDIUM),
)

LAUNCH_CONFIGURATION = ResourceType(
    ("aws:ec2/launchConfiguration:LaunchConfiguration",),
    "launch configuration",
    cost=Unpriced(),
)

LAUNCH_TEMPLATE = ResourceType(
    ("aws:ec2/launchTemplate:LaunchTemplate",),
    "launch template",
    cost=SETTING,
    summary=(
        "instanceType",
        "imageId",
        "blockDeviceMappings[*].ebs.volumeSize",
        "metadataOptions.httpTokens",
    ),
)

SPOT_INSTANCE_REQUEST = ResourceType(
    ("aws:ec2/spotInstanceRequest:SpotInstanceRequest",),
    "spot instance request",
    cost=Unpriced(),
)

TYPES = (
    CAPACITY_BLOCK,
    CAPACITY_RESERVATION,
    ResourceType(
        ("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",),
        "default network acl",
        cost=NETWORK,
    ),
    ResourceType(
        ("aws:ec2/defaultRouteTable:DefaultRouteTable",),
        "default route table",
        cost=NETWORK,
    ),
    ResourceType(
        ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",),
        "security group",
        cost=NETWORK,
    ),
    ResourceType(
        ("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",),
        "egress only internet gateway",
        cost=NETWORK,
    ),
    ResourceType(
        ("aws:ec2/eip:Eip",),
        "public address",
        cost=Priced("public-address"),
        service=Service(
            "allow lists with this address no longer match",
            level=Level.MEDIUM,
            part=True,
        ),
    ),
    ResourceType(
        ("aws:ec2/eipAssociation:EipAssociation",),
        "eip association",
        cost=SETTING,
    ),
    FLOW_LOG,
    INSTANCE,
    ResourceType(
        ("aws:ec2/internetGateway:InternetGateway",),
        "internet gateway",
        cost=NETWORK,
        service=Service("the VPC loses its route to the internet", part=True),
    ),
    ResourceType(
        ("aws:ec2/internetGatewayAttachment:InternetGatewayAttachment",),
        "internet gateway attachment",
        cost=NETWORK,
    ),
    ResourceType(
        ("aws:ec2/keyPair:KeyPair",),
        "key pair",
        cost=NAME,
    ),
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    ResourceType(
        ("aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation",),
        "main route table association",
        cost=NETWORK,
    ),
    ResourceType(
        ("aws:ec2/managedPrefixList:ManagedPrefixList",),
        "managed prefix list",
        cost=NETWORK,
    ),
    ResourceType(
        ("aws:ec2/natGateway:NatGateway",),
        "NAT gateway",
        cost=Priced("nat-gateway"),
        service=Service(
            "private subnets lose their route to the internet", level=Level.MEDIUM, part=True
        ),
    ),
    ResourceType(
        ("aws:ec2/networkAcl:NetworkAcl",),
        "network acl",
        cost=NETWORK,
    ),
    ResourceType(
        ("aws:ec2/networkAclAssociation:NetworkAclAssociation",),
        "network acl association",
        cost=NETWORK,
    ),
    ResourceType(
        ("aws:ec2/networkAclRule:NetworkAclRule",),
        "network acl rule",
        cost=NETWORK,
    ),
    ResourceType(
        ("aws:ec2/networkInterface:NetworkInterface",),
        "network interface",
        cost=NETWORK,
    ),
    ResourceType(
        ("aws:ec2/placementGroup:PlacementGroup",),
        "placement group",
        cost=NETWORK,
    ),
    ResourceType(
        ("aws:ec2/route:Route",),
        "route",
        cost=NETWORK,
        summary=("destinationCidrBlock", "natGatewayId", "gatewayId"),
        service=Service("its traffic has no route any more", level=Level.MEDIUM, part=True),
    ),
    ResourceType(
        ("aws:ec2/routeTable:RouteTable",),
        "route table",
        cost=NETWORK,
        service=Service("the subnets that use it lose their routes", level=Level.MEDIUM, part=True),
    ),
    ResourceType(
        ("aws:ec2/routeTableAssociation:RouteTableAssociation",),
        "route table association",
        cost=NETWORK,
        service=Service(
            "the subnet falls back to the VPC's main routes",
            level=Level.MEDIUM,
            part=True,
            when_replaced="the subnet is without its routes for a moment",
        ),
    ),
    ResourceType(
        ("aws:ec2/securityGroup:SecurityGroup",),
        "security group",
        cost=NETWORK,
        service=Service("what uses it has to use another one first", level=Level.MEDIUM, part=True),
    ),
    ResourceType(
        ("aws:ec2/securityGroupAssociation:SecurityGroupAssociation",),
        "security group association",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:ec2/securityGroupRule:SecurityGroupRule",),
        "security group rule",
        cost=NETWORK,
    ),
    SPOT_INSTANCE_REQUEST,
    ResourceType(
        ("aws:ec2/subnet:Subnet",),
        "subnet",
        cost=NETWORK,
        summary=("availabilityZone", "cidrBlock"),
        service=Service(
            "what has an address in it has to be deleted first", level=Level.MEDIUM, part=True
        ),
    ),
    ResourceType(
        ("aws:ec2/tag:Tag",),
        "tag",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:ec2/volumeAttachment:VolumeAttachment",),
        "volume attachment",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:ec2/vpc:Vpc",),
        "VPC",
        cost=NETWORK,
        summary=("cidrBlock",),
        service=Service("everything in it has to be deleted with it"),
    ),
    ResourceType(
        ("aws:ec2/vpcDhcpOptions:VpcDhcpOptions",),
        "vpc dhcp options",
        cost=NETWORK,
    ),
    ResourceType(
        ("aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation",),
        "vpc dhcp options association",
        cost=NETWORK,
    ),
    ResourceType(
        ("aws:ec2/vpcEndpoint:VpcEndpoint",),
        "vpc endpoint",
        cost=Priced("vpc-endpoint"),
        summary=("serviceName", "vpcEndpointType"),
        service=Service(
            "traffic to the service behind it goes over the internet, or nowhere",
            level=Level.LOW,
            part=True,
        ),
    ),
    ResourceType(
        ("aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy",),
        "vpc endpoint policy",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",),
        "vpc endpoint route table association",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation",),
        "vpc endpoint subnet association",
        cost=Priced("vpc-endpoint-subnet"),
    ),
    ResourceType(
        ("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",),
        "vpc ipv4 cidr block association",
        cost=NETWORK,
    ),
    ResourceType(
        ("aws:ec2/vpcPeeringConnection:VpcPeeringConnection",),
        "vpc peering connection",
        cost=NETWORK,
        service=Service(
            "the two networks no longer reach each other", level=Level.MEDIUM, part=True
        ),
    ),
)
