"""Training runs as code: what a run is made of, its record, and the job that carries it
out."""
