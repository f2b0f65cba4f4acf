"""ModelMonitoring: the resources of scheduled checks."""
