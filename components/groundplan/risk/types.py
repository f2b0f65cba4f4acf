"""What a resource is, whichever provider and version its type names, and what people
call it."""

import re
from functools import cache

SAME = {
    "alb.LoadBalancer": "lb.LoadBalancer",
    "applicationloadbalancing.LoadBalancer": "lb.LoadBalancer",
    "elasticloadbalancingv2.LoadBalancer": "lb.LoadBalancer",
    "elb.LoadBalancer": "lb.LoadBalancer",
    "elasticloadbalancing.LoadBalancer": "lb.LoadBalancer",
    "elasticloadbalancingv2.Listener": "lb.Listener",
    "alb.Listener": "lb.Listener",
    "elasticloadbalancingv2.TargetGroup": "lb.TargetGroup",
    "alb.TargetGroup": "lb.TargetGroup",
    "eks.Nodegroup": "eks.NodeGroup",
    "eks.ManagedNodeGroup": "eks.NodeGroup",
    "eks.NodeGroupV2": "eks.NodeGroup",
    "logs.LogGroup": "cloudwatch.LogGroup",
    "cloudwatch.Alarm": "cloudwatch.MetricAlarm",
    "rds.DbInstance": "rds.Instance",
    "rds.DbCluster": "rds.Cluster",
    "sagemaker.EndpointConfig": "sagemaker.EndpointConfiguration",
    "elasticsearch.Domain": "opensearch.Domain",
    "opensearchservice.Domain": "opensearch.Domain",
    "opensearch.ServerlessCollection": "opensearch.Collection",
    "vpc.SecurityGroupIngressRule": "ec2.SecurityGroupIngressRule",
    "vpc.SecurityGroupEgressRule": "ec2.SecurityGroupEgressRule",
    "ec2.SecurityGroupIngress": "ec2.SecurityGroupIngressRule",
    "ec2.SecurityGroupEgress": "ec2.SecurityGroupEgressRule",
    "iam.ManagedPolicy": "iam.Policy",
}
"""Modules and names of aws-native, of old versions and of component packages -> the
ones of `aws`."""

NOUNS = {
    "kms.Key": "encryption key",
    "kms.ReplicaKey": "encryption key",
    "rds.Instance": "database",
    "rds.Cluster": "database cluster",
    "rds.ClusterInstance": "database instance",
    "dynamodb.Table": "table",
    "efs.FileSystem": "file system",
    "ecr.Repository": "image repository",
    "ecrpublic.Repository": "image repository",
    "sns.TopicSubscription": "subscription",
    "sqs.Queue": "SQS queue",
    "sns.Topic": "SNS topic",
    "cloudwatch.MetricAlarm": "alarm",
    "cloudwatch.CompositeAlarm": "alarm",
    "sagemaker.Endpoint": "endpoint",
    "sagemaker.MlflowApp": "MLflow app",
    "sagemaker.MlflowTrackingServer": "MLflow server",
    "sagemaker.EndpointConfiguration": "endpoint configuration",
    "lambda.Function": "Lambda function",
    "lambda.FunctionUrl": "function URL",
    "eks.Cluster": "EKS cluster",
    "ecs.Cluster": "ECS cluster",
    "ecs.Service": "ECS service",
    "emr.Cluster": "EMR cluster",
    "msk.Cluster": "Kafka cluster",
    "redshift.Cluster": "Redshift cluster",
    "elasticache.Cluster": "cache",
    "elasticache.ReplicationGroup": "cache",
    "memorydb.Cluster": "MemoryDB cluster",
    "docdb.Cluster": "DocumentDB cluster",
    "neptune.Cluster": "Neptune cluster",
    "opensearch.Domain": "search domain",
    "ec2.Vpc": "VPC",
    "ec2.NatGateway": "NAT gateway",
    "ec2.Eip": "public address",
    "ec2.Instance": "machine",
    "ec2.DefaultSecurityGroup": "security group",
    "appautoscaling.Policy": "scaling policy",
    "appautoscaling.Target": "scaling target",
    "autoscaling.Group": "group of machines",
    "lb.LoadBalancer": "load balancer",
    "route53.Zone": "DNS zone",
    "iam.RolePolicy": "role policy",
    "kubernetes.PersistentVolumeClaim": "volume claim",
    "kubernetes.StatefulSet": "stateful set",
    "kubernetes.DaemonSet": "daemon set",
    "kubernetes.Release": "Helm release",
    "kubernetes.Chart": "Helm chart",
    "kubernetes.NodePool": "node pool",
    "kubernetes.EC2NodeClass": "node class",
    "kubernetes.PersistentVolume": "volume",
    "kubernetes.HorizontalPodAutoscaler": "autoscaler",
    "kubernetes.ScaledObject": "autoscaler",
    "kubernetes.InferenceService": "inference service",
    "kubernetes.ClusterQueue": "cluster queue",
    "kubernetes.LocalQueue": "local queue",
    "kubernetes.ResourceFlavor": "resource flavor",
}


@cache
def kind(token: str) -> str:
    """`s3.Bucket` for `aws:s3/bucketV2:BucketV2`, `kubernetes.Deployment` for
    `kubernetes:apps/v1:Deployment`."""
    parts = token.split(":")
    if len(parts) != 3:
        return token
    package, module, name = parts
    if package == "kubernetes":
        return f"kubernetes.{name}"
    module = module.split("/")[0]
    found = f"{package if module == 'index' else module}.{name}"
    return SAME.get(found) or SAME.get(found.removesuffix("V2"), found.removesuffix("V2"))


@cache
def noun(token: str) -> str:
    """What people call a resource of a type: `encryption key`; else the type's own name
    in small letters."""
    found = kind(token)
    return (
        NOUNS.get(found)
        or re.sub(
            r"(?<=[a-z0-9])(?=[A-Z])", " ", found.rsplit(".", 1)[-1].rsplit(":", 1)[-1]
        ).lower()
    )
