"""Alerts on GPUs: broken ones, hot ones, idle ones, and those that nobody measures.

The metrics are DCGM's, by their names in `gpu_health.METRICS`. `pod` and `namespace`
are those of the job that a GPU is given to; a GPU that is given to nobody has neither.
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
"""What EKS' node monitoring agent takes for a broken GPU
(aws/eks-node-monitoring-agent; most of them are in the EKS User Guide, "Detect node
health issues", NVIDIA)."""

APPLICATION = (13, 31, 43, 45, 68, 69)
"""Errors of programs in NVIDIA's XID catalog: addresses out of range, and channels that
are torn down with a program."""

CONTAINED = (94,)
"""A memory error that the hardware kept to the program that it hit: the job is lost,
not the GPU."""

HOT_CELSIUS = 90
"""What no GPU reaches in AWS' racks while its cooling works; data-center GPUs begin to
slow down about there."""

IDLE_PERCENT = 5
IDLE_MINUTES = 30

SLOWED_BY = "hw_slowdown|hw_thermal|sw_thermal|hw_power_brake"
"""DCGM's names of the reasons that mean trouble. A power cap is how a busy GPU normally
runs."""

_WHOSE = "node, gpu, namespace, pod"
_JOB = "{{ $labels.namespace }}/{{ $labels.pod }}"
_GPU = "GPU {{ $labels.gpu }} of node {{ $labels.node }}"


def _xids(numbers: tuple[int, ...]) -> str:
    listed = "|".join(str(number) for number in numbers)
    # The exporter counts over five minutes; the alert stays for a quarter of an hour,
    # so that it can be read.
    return f'max by ({_WHOSE}, xid) (max_over_time(DCGM_EXP_XID_ERRORS_COUNT{{xid=~"{listed}"}}[15m])) > 0'


RULES = (
    AlertRule(
        "GpuBroken",
        _xids(BROKEN),
        0,
        AlertSeverity.CRITICAL,
        "A GPU reports an error that needs a reset or another node",
        f"{_GPU} reported XID {{{{ $labels.xid }}}}, with {_JOB} on it. Auto repair acts 10 minutes after EKS has seen it.",
        "gpu-errors.md",
    ),
    AlertRule(
        "GpuMemoryBroken",
        "max by (node, gpu) (DCGM_FI_DEV_ROW_REMAP_FAILURE) > 0 or max by (node, gpu) (DCGM_FI_DEV_ECC_DBE_VOL_TOTAL) > 0",
        0,
        AlertSeverity.CRITICAL,
        "A GPU's memory has errors that it can't correct",
        f"{_GPU} has uncorrectable memory errors, or failed to remap a row.",
        "gpu-errors.md",
    ),
    AlertRule(
        "GpuMemoryErrorContained",
        _xids(CONTAINED),
        0,
        AlertSeverity.WARNING,
        "A memory error ended a job; the GPU goes on",
        f"{_GPU} contained a memory error (XID {{{{ $labels.xid }}}}). {_JOB} has to be started again.",
        "gpu-errors.md",
    ),
    AlertRule(
        "GpuApplicationError",
        _xids(APPLICATION),
        0,
        AlertSeverity.INFO,
        "A job made an error on its GPU",
        f"XID {{{{ $labels.xid }}}} of {_GPU} is mostly an error in the program of {_JOB}.",
        "gpu-errors.md",
    ),
    AlertRule(
        "GpuHot",
        f"max by ({_WHOSE}) (DCGM_FI_DEV_GPU_TEMP) > {HOT_CELSIUS}",
        10,
        AlertSeverity.WARNING,
        "A GPU is too hot",
        f"{_GPU} is at {{{{ $value }}}} degrees Celsius.",
        "gpu-hot.md",
    ),
    AlertRule(
        "GpuSlowed",
        f'max by ({_WHOSE}, clock_event) (DCGM_EXP_CLOCK_EVENTS_COUNT{{clock_event=~"{SLOWED_BY}"}}) > 0',
        15,
        AlertSeverity.WARNING,
        "A GPU runs slower than it should",
        f"{_GPU} has lowered its clocks for 15 minutes ({{{{ $labels.clock_event }}}}). The rest of {_JOB} waits for it.",
        "gpu-hot.md",
    ),
    AlertRule(
        "GpuIdle",
        # Given to the same pod half an hour ago, and hardly used since.
        f'count by (node, namespace, pod) (avg_over_time(DCGM_FI_DEV_GPU_UTIL{{pod!=""}}[{IDLE_MINUTES}m]) < {IDLE_PERCENT} '
        f'and DCGM_FI_DEV_GPU_UTIL{{pod!=""}} offset {IDLE_MINUTES}m)',
        5,
        AlertSeverity.WARNING,
        "GPUs are paid for and not used",
        f"{_JOB} has used {{{{ $value }}}} GPUs of node {{{{ $labels.node }}}} less than {IDLE_PERCENT} % for {IDLE_MINUTES} "
        "minutes.",
        "gpu-idle.md",
    ),
    AlertRule(
        "GpuMetricsMissing",
        'count by (node) (kube_node_status_capacity{resource="nvidia_com_gpu"} > 0) unless on (node) DCGM_FI_DEV_GPU_TEMP',
        20,
        AlertSeverity.WARNING,
        "Nobody measures a node's GPUs",
        "Node {{ $labels.node }} has GPUs and sends no metrics of them: none of the other alerts on GPUs can fire for it.",
        "gpu-metrics.md",
    ),
)
