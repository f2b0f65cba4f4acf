"""GPUs: allocation, utilization, temperature and errors."""

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_panels import choice, dashboard, graph

_CHOSEN = '{pod!="", namespace=~"$namespace"}'
_USED = f"sum by (namespace, pod) (DCGM_FI_DEV_FB_USED{_CHOSEN})"
_FREE = f"sum by (namespace, pod) (DCGM_FI_DEV_FB_FREE{_CHOSEN})"
_JOB = "{{namespace}}/{{pod}}"


def build() -> Dashboard:
    use = [
        graph(
            "Utilization by job",
            "percent",
            (f"avg by (namespace, pod) (DCGM_FI_DEV_GPU_UTIL{_CHOSEN})", _JOB),
            description="The share of time in which a kernel ran, not how much of the GPU it used.",
        ),
        graph("Memory used by job", "percentunit", (f"{_USED} / ({_USED} + {_FREE})", _JOB)),
        graph(
            "GPUs that have a job, and that have none",
            "short",
            (
                (
                    "count by (job_or_none) (label_replace(label_replace("
                    'DCGM_FI_DEV_GPU_TEMP, "job_or_none", "none", "", ".*"), '
                    '"job_or_none", "a job", "pod", ".+"))'
                ),
                "{{job_or_none}}",
            ),
        ),
    ]
    health = [
        graph("Power", "watt", ("sum by (node) (DCGM_FI_DEV_POWER_USAGE)", "{{node}}")),
        graph(
            "Temperature of the hottest",
            "celsius",
            ("max by (node) (DCGM_FI_DEV_GPU_TEMP)", "{{node}}"),
        ),
        graph(
            "Errors (XIDs in five minutes)",
            "short",
            (
                "sum by (node, gpu, xid) (DCGM_EXP_XID_ERRORS_COUNT) > 0",
                "{{node}}, GPU {{gpu}}: XID {{xid}}",
            ),
            description="Runbook: docs/runbooks/gpu-errors.md",
        ),
    ]
    namespace = choice(
        "namespace", "Namespace", 'label_values(DCGM_FI_DEV_GPU_UTIL{pod!=""}, namespace)'
    )
    rows = (("Use", use), ("Health", health))
    return dashboard("groundplan-gpus", "Groundplan / GPUs", rows, namespace)
