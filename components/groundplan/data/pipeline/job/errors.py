"""The errors of a pipeline's jobs: sentences that a person reads in the job's log."""


class JobError(Exception):
    """A job can't do its work. The message says why."""
