"""The account in memory: what its services do with what a manifest registers."""
