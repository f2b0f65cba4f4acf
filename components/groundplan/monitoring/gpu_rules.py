"""Alert rules for GPUs: failed, hot and idle GPUs, and GPUs without metrics.

The metrics are DCGM's, by their names in `gpu_health.METRICS`. `pod` and `namespace`
are those of the job that a GPU is allocated to; an unallocated GPU has neither.
"""

from groundplan.kubernetes.alert_rules import AlertRule, AlertSeverity

BROKEN = (
    46,
    48,
    54,
    62,
    63,
    64,
    74,
    79,
    95,
    109,
    110,
    119,
    120,
    136,
    140,
    142,
    143,
    151,
    155,
    156,
    158,
)
"""XIDs that EKS' node monitoring agent treats as a failed GPU
(aws/eks-node-monitoring-agent; most of them are in the EKS User Guide, "Detect node
health issues", NVIDIA)."""

APPLICATION = (13, 31, 43, 45, 68, 69)
"""Errors of programs in NVIDIA's XID catalog: addresses out of range, and channels that
are torn down with a program."""

CONTAINED = (94,)
"""A memory error that the hardware contained to one program: the job is lost, not the
GPU."""

HOT_CELSIUS = 90
"""A temperature that no GPU reaches at AWS while its cooling works; data-center GPUs
begin to throttle at about this."""

IDLE_PERCENT = 5
IDLE_MINUTES = 30

SLOWED_BY = "hw_slowdown|hw_thermal|sw_thermal|hw_power_brake"
"""DCGM's names of the clock events that are failures. A power cap is normal for a busy
GPU."""

_LABELS = "node, gpu, namespace, pod"
_JOB = "{{ $labels.namespace }}/{{ $labels.pod }}"
_GPU = "GPU {{ $labels.gpu }} of node {{ $labels.node }}"


def _xids(numbers: tuple[int, ...]) -> str:
    listed = "|".join(str(number) for number in numbers)
    # The exporter counts over five minutes; the alert fires for a quarter of an hour,
    # so that people see it.
    count = f'max_over_time(DCGM_EXP_XID_ERRORS_COUNT{{xid=~"{listed}"}}[15m])'
    return f"max by ({_LABELS}, xid) ({count}) > 0"


RULES = (
    AlertRule(
        "GpuBroken",
        _xids(BROKEN),
        0,
        AlertSeverity.CRITICAL,
        "A GPU has an error that requires a reset or another node",
        f"{_GPU} reported XID {{{{ $labels.xid }}}} while it ran {_JOB}. Auto repair acts "
        "10 minutes after EKS detects it.",
        "gpu-errors.md",
    ),
    AlertRule(
        "GpuMemoryBroken",
        "max by (node, gpu) (DCGM_FI_DEV_ROW_REMAP_FAILURE) > 0 or "
        "max by (node, gpu) (DCGM_FI_DEV_ECC_DBE_VOL_TOTAL) > 0",
        0,
        AlertSeverity.CRITICAL,
        "A GPU's memory has uncorrectable errors",
        f"{_GPU} has uncorrectable memory errors, or failed to remap a row.",
        "gpu-errors.md",
    ),
    AlertRule(
        "GpuMemoryErrorContained",
        _xids(CONTAINED),
        0,
        AlertSeverity.WARNING,
        "A memory error ended a job; the GPU continues to run",
        f"{_GPU} contained a memory error (XID {{{{ $labels.xid }}}}). {_JOB} must be restarted.",
        "gpu-errors.md",
    ),
    AlertRule(
        "GpuApplicationError",
        _xids(APPLICATION),
        0,
        AlertSeverity.INFO,
        "A job caused an error on its GPU",
        f"XID {{{{ $labels.xid }}}} of {_GPU} is mostly an error in the program of {_JOB}.",
        "gpu-errors.md",
    ),
    AlertRule(
        "GpuHot",
        f"max by ({_LABELS}) (DCGM_FI_DEV_GPU_TEMP) > {HOT_CELSIUS}",
        10,
        AlertSeverity.WARNING,
        "A GPU is too hot",
        f"{_GPU} is at {{{{ $value }}}} degrees Celsius.",
        "gpu-hot.md",
    ),
    AlertRule(
        "GpuSlowed",
        f"max by ({_LABELS}, clock_event) "
        f'(DCGM_EXP_CLOCK_EVENTS_COUNT{{clock_event=~"{SLOWED_BY}"}}) > 0',
        15,
        AlertSeverity.WARNING,
        "A GPU is throttled",
        f"{_GPU} has lowered its clocks for 15 minutes ({{{{ $labels.clock_event }}}}). The "
        f"other GPUs of {_JOB} wait for it.",
        "gpu-hot.md",
    ),
    AlertRule(
        "GpuIdle",
        # Allocated to the same pod half an hour ago, and hardly used since.
        "count by (node, namespace, pod) ("
        f'avg_over_time(DCGM_FI_DEV_GPU_UTIL{{pod!=""}}[{IDLE_MINUTES}m]) < {IDLE_PERCENT} '
        f'and DCGM_FI_DEV_GPU_UTIL{{pod!=""}} offset {IDLE_MINUTES}m)',
        5,
        AlertSeverity.WARNING,
        "GPUs are allocated and not used",
        f"{_JOB} has used {{{{ $value }}}} GPUs of node {{{{ $labels.node }}}} less than "
        f"{IDLE_PERCENT} % for {IDLE_MINUTES} minutes.",
        "gpu-idle.md",
    ),
    AlertRule(
        "GpuMetricsMissing",
        'count by (node) (kube_node_status_capacity{resource="nvidia_com_gpu"} > 0) '
        "unless on (node) DCGM_FI_DEV_GPU_TEMP",
        20,
        AlertSeverity.WARNING,
        "A node's GPUs have no metrics",
        "Node {{ $labels.node }} has GPUs without metrics: no other alert on GPUs can fire for it.",
        "gpu-metrics.md",
    ),
)
