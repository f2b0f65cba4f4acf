"""What the function of a CostGuard does: it counts hours, decides what stops and what
starts again, and records both (boto3 only)."""
