"""Names by which others know a check: metrics, events, the function's settings. No
statistics, so that what deploys a check needs none."""

NAMESPACE = "Groundplan/ModelMonitoring"
"""Namespace of CloudWatch's metrics."""
MONITOR = "Monitor"
"""The dimension of all metrics."""
SOURCE = "groundplan.model-monitoring"
DETAIL_TYPE = "Model Monitoring Check"
"""Of EventBridge's events."""
VARIABLE = "GROUNDPLAN_MONITOR"
"""The environment variable with the function's settings."""

DRIFT_ALARMS = "DriftAlarms"
VALUE_ALARMS = "ValueAlarms"
RECORD_ALARMS = "RecordAlarms"
QUALITY_ALARMS = "QualityAlarms"
NOT_ENOUGH_DATA = "NotEnoughData"
"""Metrics that alarms watch: numbers of verdicts of the last check."""
MOST_HOURS = 31 * 24
"""Hours of a check: the captures of each are listed, one request each."""

PROCESS, RAY, SPARK = "process", "ray", "spark"
"""What runs the tasks of a check: processes of one machine, or an engine."""
WORK = "work"
"""Folder of the results, for what workers of an engine join."""
JOB_VARIABLE = "GROUNDPLAN_JOB"
"""The environment variable with the name of the Kubernetes Job that a pod belongs
to."""
JOB_NAME = "GROUNDPLAN_JOB_NAME"
"""What the template of a RayJob has in the place of that name."""
METRICS_PREFIX = "groundplan_model_monitoring_"
"""Of the metrics of Prometheus."""
STATUS = f"{METRICS_PREFIX}status"
WINDOW_END = f"{METRICS_PREFIX}window_end_timestamp_seconds"
METRICS_FILE, RESULT_FILE = "metrics.prom", "check.json"
"""Files of a result."""
MOST_ALARMS = 20
"""Alarms that an event names. An entry of EventBridge has at most 256 KB
(PutEvents)."""
