"""NVIDIA's DCGM exporter: the metrics of GPUs, with the job that they are allocated
to.

Keys: NVIDIA/dcgm-exporter@d5e5f510 (chart 4.8.2), deployment/{values.yaml,templates}.
The chart has no schema: it ignores unknown keys silently.

On Bottlerocket with Kubernetes 1.34 and newer the exporter may not start: its image's
library cache loses libdcgm when the GPU is injected (NVIDIA/dcgm-exporter issue 636,
open in 2026-02). `GpuMetricsMissing` fires then; docs/runbooks/gpu-metrics.md has the
workaround.
"""

from typing import Any

CHART = "dcgm-exporter"
REPOSITORY = "https://nvidia.github.io/dcgm-exporter/helm-charts"
VERSION = "4.8.2"
"""Of 2026-05-12 (NVIDIA/dcgm-exporter@d5e5f510, deployment/Chart.yaml), with the image
4.5.3-4.8.2-distroless."""

RELEASE = CHART
"""Also the value of the label `job` of its metrics."""

INTERVAL = "30s"

ALL_GPUS = "all-gpus"
"""The mount that gives a container without SYS_ADMIN access to all GPUs on
Bottlerocket, whose container runtime ignores the image's NVIDIA_VISIBLE_DEVICES:
/dev/null, mounted by a certain name (bottlerocket-os/bottlerocket issue 3992 and
bottlerocket-core-kit,
packages/nvidia-container-toolkit/nvidia-container-toolkit-config-k8s;
NVIDIA/nvidia-container-toolkit, internal/config/image/cuda_image.go, VisibleDevices).
Amazon Linux uses NVIDIA_VISIBLE_DEVICES nevertheless."""

# ruff: noqa: E501
METRICS = """\
DCGM_FI_DEV_GPU_UTIL, gauge, GPU utilization (in %).
DCGM_FI_DEV_MEM_COPY_UTIL, gauge, Memory utilization (in %).
DCGM_FI_DEV_FB_FREE, gauge, Framebuffer memory free (in MiB).
DCGM_FI_DEV_FB_USED, gauge, Framebuffer memory used (in MiB).
DCGM_FI_DEV_GPU_TEMP, gauge, GPU temperature (in C).
DCGM_FI_DEV_MEMORY_TEMP, gauge, Memory temperature (in C).
DCGM_FI_DEV_POWER_USAGE, gauge, Power draw (in W).
DCGM_FI_DEV_SM_CLOCK, gauge, SM clock frequency (in MHz).
DCGM_EXP_CLOCK_EVENTS_COUNT, gauge, Clock events during the last five minutes.
DCGM_FI_DEV_XID_ERRORS, gauge, Value of the last XID error encountered.
DCGM_EXP_XID_ERRORS_COUNT, gauge, XIDs during the last five minutes.
DCGM_FI_DEV_ECC_SBE_VOL_TOTAL, counter, Single-bit ECC errors since the last reset.
DCGM_FI_DEV_ECC_DBE_VOL_TOTAL, counter, Double-bit ECC errors since the last reset.
DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS, counter, Number of remapped rows for uncorrectable errors.
DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS, counter, Number of remapped rows for correctable errors.
DCGM_FI_DEV_ROW_REMAP_FAILURE, gauge, Whether remapping of rows has failed.
DCGM_FI_DEV_PCIE_REPLAY_COUNTER, counter, Total number of PCIe retries.
DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL, counter, Total number of NVLink bandwidth counters for all lanes.
DCGM_FI_DRIVER_VERSION, label, Driver version.
"""
"""The exporter's default list has profiling metrics, and lacks those of errors:
DCGM_EXP_*, ECC."""

PROFILING_METRICS = """\
DCGM_FI_PROF_GR_ENGINE_ACTIVE, gauge, Ratio of time the graphics engine is active.
DCGM_FI_PROF_SM_ACTIVE, gauge, Ratio of cycles an SM has at least one warp assigned.
DCGM_FI_PROF_PIPE_TENSOR_ACTIVE, gauge, Ratio of cycles the tensor pipe is active.
DCGM_FI_PROF_DRAM_ACTIVE, gauge, Ratio of cycles the memory interface is active.
"""


def values(profiling: bool) -> dict[str, Any]:
    """Returns the values of the release."""
    return {
        # Complete: the chart replaces its list by this one.
        "customMetrics": METRICS + (PROFILING_METRICS if profiling else ""),
        "nodeSelector": {"nvidia.com/gpu.present": "true"},
        # The chart tolerates no taint of GPU nodes; pools may have taints of their own.
        "tolerations": [{"operator": "Exists"}],
        # The chart adds SYS_ADMIN for profiling only, and drops all other capabilities.
        **({} if profiling else {"securityContext": {"capabilities": {"add": []}}}),
        "extraHostVolumes": [{"name": ALL_GPUS, "hostPath": "/dev/null"}],
        # Complete: the first is the chart's default, for `customMetrics`.
        "extraVolumeMounts": [
            {
                "name": "exporter-metrics-volume",
                "mountPath": "/etc/dcgm-exporter/default-counters.csv",
                "subPath": "default-counters.csv",
            },
            {"name": ALL_GPUS, "mountPath": "/var/run/nvidia-container-devices/all"},
        ],
        "serviceMonitor": {
            "interval": INTERVAL,
            # `pod`, `namespace` and `container` are the job's, as the exporter reports
            # them. Its own are dropped: a GPU without a job would have them.
            "honorLabels": True,
            "relabelings": [
                {
                    "action": "replace",
                    "sourceLabels": ["__meta_kubernetes_pod_node_name"],
                    "targetLabel": "node",
                },
                {"action": "labeldrop", "regex": "namespace|pod|container"},
            ],
        },
    }
