"""Types that cost nothing by themselves, each with the reason. What is in neither this
list nor a reckoner's is unknown."""

from collections.abc import Mapping

SETTING = "a setting of another resource"
NETWORK = "part of a network, which costs nothing by itself"
ACCESS = "AWS doesn't charge for access control"
NAME = "a name for something else"

FREE_PACKAGES: Mapping[str, str] = {
    "command": "it runs where the program runs",
    "kubernetes": "it runs on the cluster's nodes",
    "null": "nothing in the cloud",
    "pulumi": "Pulumi's own",
    "random": "nothing in the cloud",
    "time": "nothing in the cloud",
    "tls": "nothing in the cloud",
}
"""Package -> why nothing of it costs anything, but for what a reckoner knows."""

FREE_MODULES: Mapping[str, str] = {"aws:iam": ACCESS}
"""Module of a package -> the same."""

_BY_REASON: Mapping[str, tuple[str, ...]] = {
    SETTING: (
        "aws:appautoscaling/scheduledAction:ScheduledAction",
        "aws:appautoscaling/target:Target",
        "aws:autoscaling/attachment:Attachment",
        "aws:autoscaling/lifecycleHook:LifecycleHook",
        "aws:autoscaling/policy:Policy",
        "aws:autoscaling/schedule:Schedule",
        "aws:autoscaling/tag:Tag",
        "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
        "aws:cloudwatch/eventTarget:EventTarget",
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        "aws:ec2/eipAssociation:EipAssociation",
        "aws:ec2/launchTemplate:LaunchTemplate",
        "aws:ec2/tag:Tag",
        "aws:ec2/volumeAttachment:VolumeAttachment",
        "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy",
        "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
        "aws:ec2/vpcEndpointSecurityGroupAssociation:VpcEndpointSecurityGroupAssociation",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        "aws:ecr/registryPolicy:RegistryPolicy",
        "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "aws:eks/accessEntry:AccessEntry",
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "aws:eks/identityProviderConfig:IdentityProviderConfig",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation",
        "aws:kms/grant:Grant",
        "aws:kms/keyPolicy:KeyPolicy",
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        "aws:lambda/permission:Permission",
        "aws:lb/listener:Listener",
        "aws:lb/listenerCertificate:ListenerCertificate",
        "aws:lb/listenerRule:ListenerRule",
        "aws:lb/targetGroup:TargetGroup",
        "aws:lb/targetGroupAttachment:TargetGroupAttachment",
        "aws:rds/parameterGroup:ParameterGroup",
        "aws:rds/subnetGroup:SubnetGroup",
        "aws:s3/bucketAccelerateConfiguration:BucketAccelerateConfiguration",
        "aws:s3/bucketAcl:BucketAcl",
        "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketLogging:BucketLogging",
        "aws:s3/bucketNotification:BucketNotification",
        "aws:s3/bucketObject:BucketObject",
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        "aws:s3/bucketObjectv2:BucketObjectv2",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketRequestPaymentConfiguration:BucketRequestPaymentConfiguration",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketVersioning:BucketVersioning",
        "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration",
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        "aws:secretsmanager/secretRotation:SecretRotation",
        "aws:secretsmanager/secretVersion:SecretVersion",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:sqs/redrivePolicy:RedrivePolicy",
    ),
    NETWORK: (
        "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
        "aws:ec2/defaultRouteTable:DefaultRouteTable",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
        "aws:ec2/internetGateway:InternetGateway",
        "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment",
        "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation",
        "aws:ec2/managedPrefixList:ManagedPrefixList",
        "aws:ec2/networkAcl:NetworkAcl",
        "aws:ec2/networkAclAssociation:NetworkAclAssociation",
        "aws:ec2/networkAclRule:NetworkAclRule",
        "aws:ec2/networkInterface:NetworkInterface",
        "aws:ec2/placementGroup:PlacementGroup",
        "aws:ec2/route:Route",
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:ec2/subnet:Subnet",
        "aws:ec2/vpc:Vpc",
        "aws:ec2/vpcDhcpOptions:VpcDhcpOptions",
        "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
        "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation",
        "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    ),
    NAME: (
        "aws:ec2/keyPair:KeyPair",
        "aws:kms/alias:Alias",
        "aws:lambda/alias:Alias",
        "aws:lambda/layerVersion:LayerVersion",
        "aws:sagemaker/notebookInstanceLifecycleConfiguration:NotebookInstanceLifecycleConfiguration",
    ),
    "the endpoints that use it are charged": (
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        "aws:sagemaker/model:Model",
    ),
    "the SageMaker price list has no line for its model registry": (
        "aws:sagemaker/modelCard:ModelCard",
        "aws:sagemaker/modelPackageGroup:ModelPackageGroup",
        "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy",
    ),
    # AWS News Blog, "Accelerate AI development using Amazon SageMaker AI with
    # serverless MLflow": at no additional charge.
    "MLflow apps are free, but for the bucket that holds their artifacts": (
        "aws:sagemaker/mlflowApp:MlflowApp",
    ),
    "the node pools that use it are charged": ("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",),
    "public certificates and budgets are free": (
        "aws:acm/certificate:Certificate",
        "aws:acm/certificateValidation:CertificateValidation",
        "aws:budgets/budget:Budget",
    ),
    "events of AWS services, and rules on them, are free": ("aws:cloudwatch/eventRule:EventRule",),
    "the service it describes runs elsewhere": (
        "aws:ecs/cluster:Cluster",
        "aws:ecs/taskDefinition:TaskDefinition",
    ),
    "streams are part of their log group": ("aws:cloudwatch/logStream:LogStream",),
}

FREE_TYPES: Mapping[str, str] = {
    token: reason for reason, tokens in _BY_REASON.items() for token in tokens
}
"""Type -> why it costs nothing by itself."""


def reason(token: str) -> str | None:
    """Why a type (without a version such as V2) costs nothing by itself; `None` if that
    isn't known."""
    package = token.split(":", 1)[0]
    return (
        FREE_TYPES.get(token)
        or FREE_MODULES.get(token.split("/", 1)[0])
        or FREE_PACKAGES.get(package)
    )
