"""What others rely on while it runs, by type: what stops when it is deleted or
replaced."""

from dataclasses import dataclass

from groundplan.risk.risk import Level


@dataclass(frozen=True)
class Service:
    """How others rely on a type."""

    stops: str
    """What its deletion means, after a colon; its replacement too, unless `moves` says
    it better."""
    level: Level = Level.HIGH
    part: bool = False
    """Whether it is a part of something larger: it isn't told of apart when that goes
    too."""
    guard: str = ""
    """The input that has the cloud refuse a deletion."""
    moves: str = ""
    """What its replacement means."""
    replaced: Level | None = None
    """The level of a replacement, if it is another one."""


_DATABASE = Service("what reads or writes it fails", guard="deletionProtection")
_CACHE = Service("what reads or writes it is slow or fails", Level.MEDIUM)
_NODES = Service(
    "what runs on its nodes stops, training included",
    part=True,
    moves="its nodes go, and what runs on them stops, training included",
)
_PODS = Service("its pods stop", part=True)

SERVICES = {
    "apigateway.RestApi": Service("its address goes, and who calls it fails"),
    "apigatewayv2.Api": Service("its address goes, and who calls it fails"),
    "appautoscaling.Policy": Service(
        "what it scales no longer follows the load", Level.MEDIUM, part=True, replaced=Level.LOW
    ),
    "appautoscaling.Target": Service(
        "what it scales no longer follows the load", Level.MEDIUM, part=True, replaced=Level.LOW
    ),
    "autoscaling.Group": _NODES,
    "cloudfront.Distribution": Service("its address goes, and who uses it fails"),
    "docdb.Cluster": _DATABASE,
    "ec2.CapacityReservation": Service(
        "its capacity is given back, and may not be had again when jobs need it",
        Level.MEDIUM,
        part=True,
    ),
    "ec2.Eip": Service(
        "others that let in only this address no longer let in what comes from here",
        Level.MEDIUM,
        part=True,
    ),
    "ec2.Instance": Service("what runs on it stops", Level.MEDIUM, guard="disableApiTermination"),
    "ec2.InternetGateway": Service("the VPC loses its way to the internet", part=True),
    "ec2.NatGateway": Service(
        "private subnets lose their way to the internet", Level.MEDIUM, part=True
    ),
    "ec2.Route": Service("traffic no longer finds its way by it", Level.MEDIUM, part=True),
    "ec2.RouteTable": Service(
        "the subnets that use it lose their ways out", Level.MEDIUM, part=True
    ),
    "ec2.RouteTableAssociation": Service(
        "the subnet falls back to the VPC's main routes",
        Level.MEDIUM,
        part=True,
        moves="the subnet is without its routes for a moment",
    ),
    "ec2.SecurityGroup": Service(
        "what uses it has to be given another one first", Level.MEDIUM, part=True
    ),
    "ec2.Subnet": Service(
        "what has an address in it has to go first, and loses it", Level.MEDIUM, part=True
    ),
    "ec2.Vpc": Service("everything in it has to go with it"),
    "ec2.VpcEndpoint": Service(
        "traffic to the service behind it goes over the internet, or nowhere", Level.LOW, part=True
    ),
    "ecr.PullThroughCacheRule": Service(
        "what isn't cached yet can't be pulled by it", Level.MEDIUM, part=True
    ),
    "ecs.Cluster": Service("everything that runs on it stops"),
    "ecs.Service": Service("its tasks stop, and who calls it fails", part=True),
    "efs.MountTarget": Service(
        "what has mounted the file system by it hangs", Level.MEDIUM, part=True
    ),
    "eks.Addon": Service("what the add-on does for the cluster stops", Level.MEDIUM, part=True),
    "eks.Cluster": Service(
        "everything that runs on it stops, training and services alike", guard="deletionProtection"
    ),
    "eks.FargateProfile": Service("pods that it places no longer start", Level.MEDIUM, part=True),
    "eks.NodeGroup": _NODES,
    "elasticache.Cluster": _CACHE,
    "elasticache.ReplicationGroup": _CACHE,
    "elasticache.ServerlessCache": _CACHE,
    "fsx.DataRepositoryAssociation": Service(
        "what is new in its bucket no longer appears in the file system, and what is new there isn't written back",
        Level.MEDIUM,
        part=True,
        moves="in between, nothing new gets from its bucket to the file system or back",
    ),
    "lambda.Alias": Service("who calls it by this alias fails", Level.MEDIUM, part=True),
    "lambda.EventSourceMapping": Service(
        "the function no longer gets its events", Level.MEDIUM, part=True
    ),
    "lambda.Function": Service("who calls it fails"),
    "lambda.FunctionUrl": Service("its address goes, and who calls it fails", part=True),
    "lb.Listener": Service("the load balancer no longer answers on its port", part=True),
    "lb.LoadBalancer": Service(
        "its address goes, and who calls it fails", guard="enableDeletionProtection"
    ),
    "lb.TargetGroup": Service("the load balancer no longer reaches what is behind it", part=True),
    "memorydb.Cluster": _CACHE,
    "mq.Broker": Service("who sends or receives by it fails"),
    "msk.Cluster": Service("who sends or receives by it fails"),
    "neptune.Cluster": _DATABASE,
    "opensearch.Domain": Service("who searches in it fails"),
    "rds.Cluster": _DATABASE,
    "rds.ClusterInstance": Service("what is connected to it is cut off", Level.MEDIUM, part=True),
    "rds.Instance": _DATABASE,
    "redshift.Cluster": Service("what queries it fails"),
    "route53.Record": Service(
        "the name no longer leads anywhere", Level.MEDIUM, part=True, replaced=Level.LOW
    ),
    "sagemaker.Domain": Service("its users lose their workspaces", Level.MEDIUM),
    "sagemaker.Endpoint": Service(
        "it answers no requests, and who calls it fails",
        moves="it answers no requests in between, and who calls it fails",
    ),
    "sagemaker.InferenceComponent": Service(
        "its model answers no requests", moves="its model answers no requests in between"
    ),
    "sagemaker.MlflowApp": Service("runs can't be logged to it", Level.MEDIUM),
    "sagemaker.MlflowTrackingServer": Service("runs can't be logged to it", Level.MEDIUM),
    "scheduler.Schedule": Service(
        "what it starts no longer runs", Level.MEDIUM, replaced=Level.LOW
    ),
    "sfn.StateMachine": Service("its runs stop, and who starts it fails", Level.MEDIUM),
    "sns.Topic": Service("what is published to it reaches nobody", Level.MEDIUM),
    "kubernetes.DaemonSet": Service("what it does on each node stops", Level.MEDIUM, part=True),
    "kubernetes.Deployment": _PODS,
    "kubernetes.Gateway": Service("who calls what is behind it fails", part=True),
    "kubernetes.HTTPRoute": Service("who calls what is behind it fails", part=True),
    "kubernetes.InferenceService": Service("its model answers no requests", part=True),
    "kubernetes.HorizontalPodAutoscaler": Service(
        "what it scales no longer follows the load", Level.MEDIUM, part=True
    ),
    "kubernetes.Ingress": Service("who calls what is behind it from outside fails", part=True),
    "kubernetes.RayService": Service("its model answers no requests", part=True),
    "kubernetes.Release": Service("everything that the chart runs stops", Level.MEDIUM, part=True),
    "kubernetes.ScaledObject": Service(
        "what it scales no longer follows the load", Level.MEDIUM, part=True
    ),
    "kubernetes.Service": Service("who calls what is behind it fails", part=True),
    "kubernetes.StatefulSet": _PODS,
}
"""Type -> how others rely on it."""
