"""LogStore: the logs of an environment in one place."""
