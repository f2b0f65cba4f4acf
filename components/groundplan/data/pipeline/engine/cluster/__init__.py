"""Runs that a CronJob of a cluster carries, by jobs of its queue: the same steps as the
state machine's, and a journal in the bucket."""
