"""IAM actions without resource-level permissions: a policy can only allow them on `*`.

From the Service Authorization Reference (the actions whose column "Resource types" is
empty), for the services that machine-learning environments use; patterns where a whole
family has none:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"""

from collections.abc import Mapping
from fnmatch import fnmatchcase

from groundplan.policy.documents import Statement

ANYWHERE = (
    "acm:listcertificates",
    "application-autoscaling:describe*",
    "autoscaling:describe*",
    "bedrock:list*",
    "ce:get*",
    "cloudformation:liststacks",
    "cloudformation:validatetemplate",
    # They support an alarm as their resource, but return composite alarms only if they
    # are allowed on all (Amazon CloudWatch API Reference, "DescribeAlarms" and
    # "DescribeAlarmHistory").
    "cloudwatch:describealarmhistory",
    "cloudwatch:describealarms",
    "cloudwatch:describeanomalydetectors",
    "cloudwatch:getmetricdata",
    "cloudwatch:getmetricstatistics",
    "cloudwatch:listdashboards",
    "cloudwatch:listmetrics",
    "ec2:deletenetworkinterfacepermission",
    "ec2:describe*",
    "ec2:getinstancetypesfrominstancerequirements",
    "ec2messages:*",
    "ecr:getauthorizationtoken",
    "ecr-public:getauthorizationtoken",
    "eks:describeaddonversions",
    "eks:listclusters",
    "elasticloadbalancing:describe*",
    "events:listrules",
    "iam:getaccountsummary",
    "iam:listinstanceprofiles",
    "iam:listroles",
    "iam:listpolicies",
    "iam:listusers",
    "kms:createkey",
    "kms:generaterandom",
    "kms:listaliases",
    "kms:listkeys",
    "lambda:getaccountsettings",
    "lambda:listeventsourcemappings",
    "lambda:listfunctions",
    "logs:describeloggroups",
    "logs:describeresourcepolicies",
    "logs:createlogdelivery",
    "logs:deletelogdelivery",
    "logs:getlogdelivery",
    "logs:listlogdeliveries",
    "logs:putresourcepolicy",
    "logs:updatelogdelivery",
    "organizations:describeorganization",
    "pricing:*",
    "rds:describedbengineversions",
    "route53:listhostedzones*",
    "s3:getaccesspoint",
    "s3:getaccountpublicaccessblock",
    "s3:listallmybuckets",
    "sagemaker:list*",
    "sagemaker:getsearchsuggestions",
    "secretsmanager:getrandompassword",
    "secretsmanager:listsecrets",
    "servicequotas:list*",
    "ssm:describeparameters",
    "ssmmessages:*",
    "sts:decodeauthorizationmessage",
    "sts:getcalleridentity",
    "sts:getservicebearertoken",
    "sts:getsessiontoken",
    "tag:get*",
    "xray:get*",
    "xray:puttelemetryrecords",
    "xray:puttracesegments",
)

UNDER_A_CONDITION: Mapping[str, tuple[str, ...]] = {
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
    "cloudwatch:putmetricdata": ("cloudwatch:namespace",),
}
"""Action -> the condition keys that restrict it in place of a resource."""

BOUNDING = (
    "aws:ResourceTag/",
    "aws:RequestTag/",
    "ec2:ResourceTag/",
    "ec2:Vpc",
    "ec2:Subnet",
    "ecr:ResourceTag/",
    "iam:ResourceTag/",
    "kms:ResourceAliases",
    "kms:ViaService",
    "s3:ExistingObjectTag/",
    "secretsmanager:ResourceTag/",
    "ssm:resourceTag/",
)
"""Condition keys that restrict an action to some resources."""


def needs_a_resource(action: str, statement: Statement) -> bool:
    """Returns whether AWS supports to restrict `action` to some resources, and the
    statement doesn't."""
    name = action.lower()
    if name in UNDER_A_CONDITION:
        return not statement.bound(*UNDER_A_CONDITION[name])
    return not any(fnmatchcase(name, pattern) for pattern in ANYWHERE) and not statement.bound(
        *BOUNDING
    )
