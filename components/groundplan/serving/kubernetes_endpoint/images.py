"""The container images of an endpoint, each with its version."""

from groundplan.kubernetes.busybox import BUSYBOX

# The digests are those of the images' indexes, as public pins of the same tags have
# them on 2026-11-28.
VLLM = (
    "docker.io/vllm/vllm-openai:v0.30.0"
    "@sha256:8a69ffad015f138d7170c4ddc429e230a3bc1c1719f67e14324749df200a4b90"
)
"""Its flags: docs.vllm.ai/en/v0.30.0/cli/serve. It includes the Run:ai streamer with S3
(docker/Dockerfile), and the user 2000, `vllm` (vllm-project/vllm#40275)."""

AGENT = "docker.io/kserve/agent:v0.20.0"
"""KServe's agent: a reverse proxy that logs payloads. No public source states its
digest."""

DOWNLOAD = (
    "public.ecr.aws/aws-cli/aws-cli:2.36.15"
    "@sha256:310813a7eae8fd88da1cc9c37970e3500b0ff3984479e1012f0a6fd44e453f63"
)
"""Downloads a model from S3; supports EKS Pod Identity."""

UNPACK = BUSYBOX
"""Unpacks an archive: the image of the AWS CLI has no tar."""
