"""The name of the rule of replication: a dimension of its metrics."""

RULE = "replicate"
