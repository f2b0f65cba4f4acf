"""What runs in Lambda: sets OpenSearch up, and indexes lines. It imports no Pulumi."""
