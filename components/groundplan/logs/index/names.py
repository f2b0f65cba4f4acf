"""Names that the functions and what registers them share."""

VARIABLE = "GROUNDPLAN_LOGS"
"""The environment variable with a function's settings, a JSON object."""

INDEX = "groundplan-logs"
"""Indexes of a domain are `groundplan-logs-<day>`, those of a collection
`groundplan-logs-<team>`."""
PATTERN = f"{INDEX}-*"
TEMPLATE = POLICY = INDEX

DOMAIN_SERVICE, SERVERLESS_SERVICE = "es", "aoss"
"""The names that requests to a domain and to a collection are signed for."""

NAMESPACE = "Groundplan/Logs"
INDEXED, REFUSED = "IndexedLines", "RefusedLines"
STORE = "Store"
"""The metrics of what is indexed, and their dimension."""

PLATFORM = "platform"
ENDPOINTS, TRAINING_JOBS = "/aws/sagemaker/Endpoints/", "/aws/sagemaker/TrainingJobs"
