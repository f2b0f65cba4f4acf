"""What runs in the containers of a pipeline's jobs: the runner of a script, and the
check of what it wrote."""
