"""What AWS's own managed policies allow that a proof asks about: access to data and to
what protects it.

A selection, written from general knowledge of the AWS Managed Policy Reference Guide
and not compared with it: a policy without an entry is unknown."""

from functools import cache

from groundplan.policy_documents import Statement, read

READ_S3 = ["s3:Get*", "s3:List*", "s3:Describe*"]

POLICIES: dict[str, list[tuple[list[str], list[str]]]] = {
    "AdministratorAccess": [(["*"], ["*"])],
    "AmazonS3FullAccess": [(["s3:*"], ["*"])],
    "AmazonS3ReadOnlyAccess": [(READ_S3, ["*"])],
    "IAMFullAccess": [(["iam:*"], ["*"])],
    "ReadOnlyAccess": [
        ([*READ_S3, "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "ecr:Get*"], ["*"])
    ],
    "AmazonSageMakerFullAccess": [
        (
            ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
            [
                "arn:aws:s3:::*SageMaker*",
                "arn:aws:s3:::*Sagemaker*",
                "arn:aws:s3:::*sagemaker*",
                "arn:aws:s3:::*aws-glue*",
            ],
        ),
        (["s3:ListBucket", "s3:GetBucketLocation", "s3:ListAllMyBuckets"], ["*"]),
    ],
    # What a cluster's nodes and add-ons need: no data of a team.
    "AmazonEKSClusterPolicy": [],
    "AmazonEKSWorkerNodePolicy": [],
    "AmazonEKSWorkerNodeMinimalPolicy": [],
    "AmazonEKS_CNI_Policy": [],
    "AmazonEKSVPCResourceController": [],
    "service-role/AmazonEBSCSIDriverPolicy": [],
    "AmazonEBSCSIDriverPolicyV2": [],
    "AmazonSSMManagedInstanceCore": [],
    "CloudWatchAgentServerPolicy": [],
    "AWSXRayDaemonWriteAccess": [],
    "service-role/AWSLambdaBasicExecutionRole": [],
    "service-role/AWSLambdaVPCAccessExecutionRole": [],
    "service-role/AmazonRDSEnhancedMonitoringRole": [],
    "AmazonEC2ContainerRegistryReadOnly": [
        (["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"], ["*"])
    ],
    "AmazonEC2ContainerRegistryPullOnly": [
        (["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"], ["*"])
    ],
}
"""Name -> what it allows: actions on resources."""

PREFIX = "arn:aws:iam::aws:policy/"


@cache
def statements(arn: str) -> tuple[Statement, ...] | None:
    """Returns the statements of a managed policy of AWS; `None` where they aren't
    known."""
    name = arn.removeprefix(PREFIX)
    if name == arn or name not in POLICIES:
        return None
    return read(
        {
            "Statement": [
                {
                    "Sid": f"{name} {number}" if number > 1 else name,
                    "Effect": "Allow",
                    "Action": actions,
                    "Resource": resources,
                }
                for number, (actions, resources) in enumerate(POLICIES[name], 1)
            ]
        }
    )
