"""References to outputs that several sections of an environment need."""

import operator

from description import Reference
from groundplan.arguments import hints_of
from groundplan.storage.access import ArtifactAccessArgs

ACCESS = {
    key: Reference("artifacts", "access", select=operator.itemgetter(key))
    for key in hints_of(ArtifactAccessArgs)
}
VPC = Reference("network", "vpc_id")
SUBNETS = Reference("network", "private_subnet_ids")
CLUSTER_NAME = Reference("training", "cluster_name")
KUBERNETES = Reference("training", "kubernetes_provider")
