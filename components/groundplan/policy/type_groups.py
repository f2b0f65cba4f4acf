"""Groups of resource types that several rules check alike, by their tokens."""

from groundplan.catalog.aws import cloudwatch, ec2, elb, lb

ALARMS = (*cloudwatch.METRIC_ALARM.tokens, *cloudwatch.COMPOSITE_ALARM.tokens)
INSTANCES = (*ec2.INSTANCE.tokens, *ec2.SPOT_INSTANCE_REQUEST.tokens)
LOAD_BALANCERS = (*lb.LOAD_BALANCER.tokens, *elb.LOAD_BALANCER.tokens)
