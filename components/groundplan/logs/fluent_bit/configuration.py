"""The configuration of Fluent Bit, as text.

Keys: Fluent Bit 5.1.1 (fluent/fluent-bit@d55459d4, the `config_map` of each plugin);
its own binary of that version reads this text and moves lines by it
(tests/logs/test_fluent_bit_binary.py, where it is installed).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from groundplan.logs.choices import LogOutputType
from groundplan.logs.fluent_bit.names import NAMESPACE, PLATFORM, PORT, RELEASE, STATE

SCRIPT = "fields.lua"
TAG = "kube.*"
PATHS = "/var/log/containers"
LIMIT = "1G"
"""What a node stores of lines that can't be delivered; then the oldest are dropped."""

REGION = "AWS_REGION"
USER, PASSWORD = "FLUENT_BIT_OUTPUT_USER", "FLUENT_BIT_OUTPUT_PASSWORD"
"""Environment variables that Fluent Bit expands in its configuration: the region, which
only a deployment knows, and the credentials of an output, which are in a secret."""

DEFAULT_PORTS = {LogOutputType.OPENSEARCH: 9200, LogOutputType.LOKI: 3100, LogOutputType.HTTP: 443}


@dataclass(frozen=True)
class CloudWatch:
    """CloudWatch Logs as the output: a log group for each team."""

    region: Any
    """A string, or an `Output` of one."""
    prefix: str
    """The names of the log groups, up to the team's."""


@dataclass(frozen=True)
class Output:
    """An output that is not AWS's."""

    type: LogOutputType
    host: str
    port: int
    tls: bool
    path: str
    index: str
    namespace: str | None
    """The namespace that the host is in; None for a host outside of the cluster."""
    secret_name: str | None


Section = Sequence[tuple[str, Any]]


def script(environment: str, teams: Mapping[str, str]) -> str:
    """Returns the Lua script. `teams`: namespace -> the team that owns it."""
    owners = "".join(f'  ["{name}"] = "{teams[name]}",\n' for name in sorted(teams))
    head = f'local ENVIRONMENT = "{environment}"\nlocal PLATFORM = "{PLATFORM}"\n'
    body = resources.files("groundplan.logs.fluent_bit").joinpath(SCRIPT).read_text("utf-8")
    return f"{head}local TEAMS = {{\n{owners}}}\n{body}"


def sections(output: CloudWatch | Output) -> dict[str, list[tuple[str, Section]]]:
    """Returns the sections by the chart's key: `service`, `inputs`, `filters`,
    `outputs`."""
    return {
        "service": [("SERVICE", _service())],
        "inputs": [("INPUT", _containers())],
        "filters": [("FILTER", _lines()), ("FILTER", _kubernetes()), ("FILTER", _fields())],
        "outputs": [("OUTPUT", _output(output))],
    }


def text(parts: Sequence[tuple[str, Section]]) -> str:
    """Returns sections in Fluent Bit's classic format."""
    return "\n".join(
        f"[{kind}]\n" + "".join(f"    {key} {value}\n" for key, value in section)
        for kind, section in parts
    )


def _service() -> Section:
    return [
        ("Daemon", "Off"),
        ("Flush", "5"),
        ("Log_Level", "info"),
        ("Parsers_File", "/fluent-bit/etc/parsers.conf"),
        ("HTTP_Server", "On"),
        ("HTTP_Listen", "0.0.0.0"),  # noqa: S104 (the pod's own; the network policy limits it)
        ("HTTP_Port", PORT),
        ("Health_Check", "On"),
        ("storage.path", f"{STATE}/storage"),
        ("storage.metrics", "On"),
        ("storage.backlog.mem_limit", "16M"),
        # 2 MB each in memory; others wait on the disk.
        ("storage.max_chunks_up", "32"),
    ]


def _containers() -> Section:
    return [
        ("Name", "tail"),
        ("Alias", "containers"),
        ("Path", f"{PATHS}/*.log"),
        # A line about a failed delivery would be the next to fail.
        ("Exclude_Path", f"{PATHS}/{RELEASE}-*_{NAMESPACE}_*.log"),
        ("Tag", TAG),
        ("multiline.parser", "cri, docker"),
        ("DB", f"{STATE}/containers.db"),
        ("storage.type", "filesystem"),
        ("Buffer_Max_Size", "256k"),
        ("Skip_Long_Lines", "On"),
        ("Refresh_Interval", "5"),
        ("Rotate_Wait", "30"),
        # What a node wrote before its agent started. Positions are in the database.
        ("Read_from_Head", "On"),
    ]


def _lines() -> Section:
    """Stack traces are one line. This filter is the first: what it joins goes through
    the others from the beginning (Fluent Bit manual, "Multiline", filter)."""
    return [
        ("Name", "multiline"),
        ("Match", TAG),
        ("multiline.key_content", "log"),
        ("multiline.parser", "python, go, java"),
        ("emitter_storage.type", "filesystem"),
        ("emitter_mem_buf_limit", "10M"),
    ]


def _kubernetes() -> Section:
    return [
        ("Name", "kubernetes"),
        ("Match", TAG),
        ("Kube_Tag_Prefix", "kube.var.log.containers."),
        ("Merge_Log", "On"),
        ("Merge_Log_Key", "data"),
        ("Keep_Log", "On"),
        ("Labels", "On"),
        ("Annotations", "On"),
        # A pod may leave its own lines out, and choose nothing else.
        ("K8S-Logging.Exclude", "On"),
        ("K8S-Logging.Parser", "Off"),
        # Answers of any size: a pod's annotations can have 256 KiB.
        ("Buffer_Size", "0"),
        # The kubelet's API would need `nodes/proxy`, which runs commands in any pod.
        ("Use_Kubelet", "Off"),
    ]


def _fields() -> Section:
    return [
        ("Name", "lua"),
        ("Match", TAG),
        ("script", f"/fluent-bit/scripts/{SCRIPT}"),
        ("call", "fields"),
    ]


def _output(output: CloudWatch | Output) -> Section:
    end: Section = [("Retry_Limit", "False"), ("storage.total_limit_size", LIMIT)]
    if isinstance(output, CloudWatch):
        return [*_cloudwatch(output), *end]
    return [*_elsewhere(output), *end]


def _cloudwatch(output: CloudWatch) -> Section:
    return [
        ("Name", "cloudwatch_logs"),
        ("Alias", "cloudwatch"),
        ("Match", TAG),
        ("region", f"${{{REGION}}}"),
        # Of a line without a team, which the script leaves none.
        ("log_group_name", f"{output.prefix}{PLATFORM}"),
        ("log_group_template", f"{output.prefix}$team"),
        ("log_stream_prefix", "unnamed-"),
        ("log_stream_template", "$namespace.$pod.$container"),
        # Groups are this program's: a group that Fluent Bit creates has no key.
        ("auto_create_group", "Off"),
    ]


def _elsewhere(output: Output) -> Section:
    target: list[tuple[str, Any]] = [
        ("Name", output.type.value),
        ("Alias", output.type.value),
        ("Match", TAG),
        ("Host", output.host),
        ("Port", output.port),
        ("tls", "On" if output.tls else "Off"),
    ]
    if output.secret_name is not None:
        target += [("HTTP_User", f"${{{USER}}}"), ("HTTP_Passwd", f"${{{PASSWORD}}}")]
    if output.type is LogOutputType.OPENSEARCH:
        return [
            *target,
            *([("Path", output.path)] if output.path else []),
            ("Suppress_Type_Name", "On"),
            ("Logstash_Format", "On"),
            ("Logstash_Prefix", output.index),
            ("Logstash_DateFormat", "%Y.%m.%d"),
            ("Time_Key", "@timestamp"),
            # A line that is sent twice is stored once.
            ("Generate_ID", "On"),
            ("Buffer_Size", "512k"),
            ("Compress", "gzip"),
        ]
    if output.type is LogOutputType.LOKI:
        return [
            *target,
            *([("uri", output.path)] if output.path else []),
            # Few values each: Loki keeps a stream for each combination.
            ("labels", "environment=$environment, team=$team, namespace=$namespace"),
            ("structured_metadata", "run=$run, endpoint=$endpoint, model_version=$model_version"),
            ("line_format", "json"),
        ]
    return [
        *target,
        ("URI", output.path or "/"),
        ("Format", "json"),
        ("json_date_key", "@timestamp"),
        ("json_date_format", "iso8601"),
        ("compress", "gzip"),
    ]
