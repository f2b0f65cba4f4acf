"""How the types of the AWS provider are read: by Cloud Control, or by their own API.

Properties: AWS CloudFormation Template Reference, and the provider's documentation of
each type, read 2026-11-28. A property that is not named here is not compared.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from groundplan.manifest.model import Resource


def physical_id(resource: Resource) -> str:
    """Returns the ID in the state."""
    return str(resource.outputs.get("id", ""))


def output(*names: str, joint: str = "|") -> Callable[[Resource], str]:
    """An identifier of several outputs; empty where one is missing."""

    def identifier(resource: Resource) -> str:
        values = [resource.outputs.get(name) or resource.inputs.get(name) for name in names]
        return joint.join(str(value) for value in values) if all(values) else ""

    return identifier


def with_joint(joint: str) -> Callable[[Resource], str]:
    """Returns the ID in the state, `a:b`, with another joint."""
    return lambda resource: physical_id(resource).replace(":", joint)


@dataclass(frozen=True)
class Readable:
    """A type that Cloud Control reads."""

    type: str
    """CloudFormation's name of the type."""
    properties: Mapping[str, str]
    """Path of the input -> path in CloudFormation."""
    identifier: Callable[[Resource], str] = physical_id
    tags: bool = True
    """Whether its tags are compared."""


def same(*names: str, **renamed: str) -> Mapping[str, str]:
    """Inputs that CloudFormation names alike, and those that it names otherwise; `__`
    is a dot."""
    alike = {
        name: ".".join(part[0].upper() + part[1:] for part in name.split(".")) for name in names
    }
    others = {key.replace("__", "."): value for key, value in renamed.items()}
    return {**alike, **others}


PUBLIC_ACCESS = {
    name: f"PublicAccessBlockConfiguration.{name[0].upper()}{name[1:]}"
    for name in (
        "blockPublicAcls",
        "blockPublicPolicy",
        "ignorePublicAcls",
        "restrictPublicBuckets",
    )
}

READABLE: Mapping[str, Readable] = {
    "aws:appautoscaling/target:Target": Readable(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        same("minCapacity", "maxCapacity"),
        output("resourceId", "scalableDimension", "serviceNamespace"),
        tags=False,
    ),
    "aws:cloudwatch/eventRule:EventRule": Readable(
        "AWS::Events::Rule",
        same("scheduleExpression", "eventPattern", "state", "description"),
        output("arn"),
        tags=False,
    ),
    "aws:cloudwatch/logGroup:LogGroup": Readable(
        "AWS::Logs::LogGroup", same("retentionInDays", "kmsKeyId")
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Readable(
        "AWS::CloudWatch::Alarm",
        same(
            "threshold",
            "period",
            "evaluationPeriods",
            "datapointsToAlarm",
            "comparisonOperator",
            "metricName",
            "namespace",
            "statistic",
            "treatMissingData",
            "actionsEnabled",
            "alarmActions",
            okActions="OKActions",
        ),
    ),
    "aws:ec2/eip:Eip": Readable(
        "AWS::EC2::EIP", same("domain"), output("publicIp", "allocationId")
    ),
    "aws:ec2/internetGateway:InternetGateway": Readable("AWS::EC2::InternetGateway", {}),
    "aws:ec2/natGateway:NatGateway": Readable(
        "AWS::EC2::NatGateway", same("subnetId", "allocationId", "connectivityType")
    ),
    "aws:ec2/routeTable:RouteTable": Readable("AWS::EC2::RouteTable", same("vpcId")),
    "aws:ec2/securityGroup:SecurityGroup": Readable(
        "AWS::EC2::SecurityGroup", same("vpcId", description="GroupDescription")
    ),
    "aws:ec2/subnet:Subnet": Readable(
        "AWS::EC2::Subnet", same("vpcId", "cidrBlock", "availabilityZone", "mapPublicIpOnLaunch")
    ),
    "aws:ec2/vpc:Vpc": Readable(
        "AWS::EC2::VPC", same("cidrBlock", "enableDnsHostnames", "enableDnsSupport")
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Readable(
        "AWS::EC2::VPCEndpoint",
        same("vpcId", "serviceName", "vpcEndpointType", "privateDnsEnabled"),
        tags=False,
    ),
    "aws:ecr/repository:Repository": Readable(
        "AWS::ECR::Repository",
        same("imageTagMutability", "imageScanningConfiguration.scanOnPush"),
    ),
    "aws:eks/addon:Addon": Readable(
        "AWS::EKS::Addon", same("addonVersion", "serviceAccountRoleArn"), with_joint("|")
    ),
    "aws:eks/cluster:Cluster": Readable(
        "AWS::EKS::Cluster",
        {
            **same("version", "roleArn", "deletionProtection", "upgradePolicy.supportType"),
            "vpcConfig.endpointPublicAccess": "ResourcesVpcConfig.EndpointPublicAccess",
            "vpcConfig.endpointPrivateAccess": "ResourcesVpcConfig.EndpointPrivateAccess",
            "vpcConfig.publicAccessCidrs": "ResourcesVpcConfig.PublicAccessCidrs",
            "vpcConfig.subnetIds": "ResourcesVpcConfig.SubnetIds",
            "accessConfig.authenticationMode": "AccessConfig.AuthenticationMode",
        },
    ),
    "aws:eks/nodeGroup:NodeGroup": Readable(
        "AWS::EKS::Nodegroup",
        {
            **same("amiType", "capacityType", "instanceTypes", "version", "labels"),
            "nodeRoleArn": "NodeRole",
            "subnetIds": "Subnets",
            "scalingConfig.minSize": "ScalingConfig.MinSize",
            "scalingConfig.maxSize": "ScalingConfig.MaxSize",
            "scalingConfig.desiredSize": "ScalingConfig.DesiredSize",
        },
        with_joint("/"),
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Readable(
        "AWS::EKS::PodIdentityAssociation",
        same("clusterName", "namespace", "serviceAccount", "roleArn"),
        output("associationArn"),
    ),
    "aws:iam/role:Role": Readable(
        "AWS::IAM::Role",
        same(
            "maxSessionDuration",
            "permissionsBoundary",
            "path",
            assumeRolePolicy="AssumeRolePolicyDocument",
        ),
    ),
    "aws:iam/rolePolicy:RolePolicy": Readable(
        "AWS::IAM::RolePolicy",
        {"policy": "PolicyDocument"},
        output("name", "role"),
        tags=False,
    ),
    "aws:kms/alias:Alias": Readable("AWS::KMS::Alias", same("targetKeyId"), tags=False),
    "aws:kms/key:Key": Readable(
        "AWS::KMS::Key", same("description", "enableKeyRotation", policy="KeyPolicy")
    ),
    "aws:lambda/function:Function": Readable(
        "AWS::Lambda::Function",
        {
            **same("runtime", "handler", "memorySize", "timeout", "role", "environment.variables"),
            "reservedConcurrentExecutions": "ReservedConcurrentExecutions",
        },
    ),
    "aws:rds/instance:Instance": Readable(
        "AWS::RDS::DBInstance",
        {
            **same("allocatedStorage", "engine", "deletionProtection", "backupRetentionPeriod"),
            "instanceClass": "DBInstanceClass",
            "multiAz": "MultiAZ",
            "publiclyAccessible": "PubliclyAccessible",
        },
        output("identifier"),
    ),
    "aws:s3/bucket:Bucket": Readable("AWS::S3::Bucket", {}),
    "aws:s3/bucketPolicy:BucketPolicy": Readable(
        "AWS::S3::BucketPolicy", {"policy": "PolicyDocument"}, output("bucket"), tags=False
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Readable(
        "AWS::S3::Bucket", PUBLIC_ACCESS, output("bucket"), tags=False
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Readable(
        "AWS::S3::Bucket",
        {"versioningConfiguration.status": "VersioningConfiguration.Status"},
        output("bucket"),
        tags=False,
    ),
    "aws:scheduler/schedule:Schedule": Readable(
        "AWS::Scheduler::Schedule",
        same("scheduleExpression", "state"),
        output("name"),
        tags=False,
    ),
    "aws:secretsmanager/secret:Secret": Readable(
        "AWS::SecretsManager::Secret", same("description", "kmsKeyId"), output("arn")
    ),
    "aws:sfn/stateMachine:StateMachine": Readable(
        "AWS::StepFunctions::StateMachine",
        same("roleArn", definition="DefinitionString"),
        output("arn"),
    ),
    "aws:sns/topic:Topic": Readable("AWS::SNS::Topic", same("kmsMasterKeyId"), output("arn")),
    "aws:sqs/queue:Queue": Readable(
        "AWS::SQS::Queue",
        same(
            "delaySeconds",
            "kmsMasterKeyId",
            visibilityTimeoutSeconds="VisibilityTimeout",
            messageRetentionSeconds="MessageRetentionPeriod",
        ),
    ),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Readable(
        "AWS::EC2::SecurityGroupEgress",
        same(
            "ipProtocol",
            "fromPort",
            "toPort",
            cidrIpv4="CidrIp",
            referencedSecurityGroupId="DestinationSecurityGroupId",
        ),
        tags=False,
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Readable(
        "AWS::EC2::SecurityGroupIngress",
        same(
            "ipProtocol",
            "fromPort",
            "toPort",
            cidrIpv4="CidrIp",
            referencedSecurityGroupId="SourceSecurityGroupId",
        ),
        tags=False,
    ),
}
"""Type -> how Cloud Control reads it."""


@dataclass(frozen=True)
class Described:
    """A type that Cloud Control does not read, and its service's API does."""

    service: str
    operation: str
    parameter: str
    properties: Mapping[str, str]
    identifier: Callable[[Resource], str] = physical_id
    answer: str = ""
    """The key of the answer with its properties; empty for the answer itself."""


DESCRIBED: Mapping[str, Described] = {
    "aws:sagemaker/endpoint:Endpoint": Described(
        "sagemaker", "describe_endpoint", "EndpointName", same("endpointConfigName")
    ),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": Described(
        "sagemaker",
        "describe_endpoint_config",
        "EndpointConfigName",
        {"kmsKeyArn": "KmsKeyId"},
    ),
    "aws:sagemaker/model:Model": Described(
        "sagemaker",
        "describe_model",
        "ModelName",
        same("executionRoleArn", "primaryContainer.image", "enableNetworkIsolation"),
    ),
    "aws:sagemaker/modelPackageGroup:ModelPackageGroup": Described(
        "sagemaker", "describe_model_package_group", "ModelPackageGroupName", {}
    ),
    "aws:opensearch/domain:Domain": Described(
        "opensearch",
        "describe_domain",
        "DomainName",
        same("engineVersion"),
        output("domainName"),
        "DomainStatus",
    ),
}
"""Type -> how its service's API describes it."""
