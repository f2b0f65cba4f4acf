"""Training runs as code: the arguments of a run, its record, and the job that carries
it out."""
