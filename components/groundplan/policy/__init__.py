"""Policy rules: one rule a file, each with its reason and its fix. They read a manifest
and nothing else."""
