"""Reads Fluent Bit's classic configuration strictly: known sections and known keys of
each plugin, each once.

The keys are those of fluent/fluent-bit@d55459d4 (5.1.1): the `config_map` of each
plugin, and what src/flb_input.c, src/flb_filter.c and src/flb_output.c take of every
one; its own binary takes them too (`test_fluent_bit_binary`).
"""

import re
from collections.abc import Mapping
from typing import Any

from groundplan.logs.choices import LogOutputType
from groundplan.logs.fluent_bit import configuration
from groundplan.logs.fluent_bit.configuration import CloudWatch, Output

OF_ALL: Mapping[str, frozenset[str]] = {
    "INPUT": frozenset({"name", "alias", "tag", "storage.type"}),
    "FILTER": frozenset({"name", "alias", "match"}),
    "OUTPUT": frozenset(
        {
            "name",
            "alias",
            "match",
            "host",
            "port",
            "tls",
            "retry_limit",
            "storage.total_limit_size",
        }
    ),
}
SERVICE = frozenset(
    {
        "daemon",
        "flush",
        "log_level",
        "parsers_file",
        "http_server",
        "http_listen",
        "http_port",
        "health_check",
        "storage.path",
        "storage.metrics",
        "storage.backlog.mem_limit",
        "storage.max_chunks_up",
    }
)
PLUGINS: Mapping[tuple[str, str], frozenset[str]] = {
    ("INPUT", "tail"): frozenset(
        {
            "path",
            "exclude_path",
            "multiline.parser",
            "db",
            "buffer_max_size",
            "skip_long_lines",
            "refresh_interval",
            "rotate_wait",
            "read_from_head",
        }
    ),
    ("FILTER", "multiline"): frozenset(
        {
            "multiline.key_content",
            "multiline.parser",
            "emitter_storage.type",
            "emitter_mem_buf_limit",
        }
    ),
    ("FILTER", "kubernetes"): frozenset(
        {
            "kube_tag_prefix",
            "merge_log",
            "merge_log_key",
            "keep_log",
            "labels",
            "annotations",
            "k8s-logging.exclude",
            "k8s-logging.parser",
            "buffer_size",
            "use_kubelet",
        }
    ),
    ("FILTER", "lua"): frozenset({"script", "call"}),
    ("OUTPUT", "cloudwatch_logs"): frozenset(
        {
            "region",
            "log_group_name",
            "log_group_template",
            "log_stream_prefix",
            "log_stream_template",
            "auto_create_group",
        }
    ),
    ("OUTPUT", "opensearch"): frozenset(
        {
            "http_user",
            "http_passwd",
            "path",
            "suppress_type_name",
            "logstash_format",
            "logstash_prefix",
            "logstash_dateformat",
            "time_key",
            "generate_id",
            "buffer_size",
            "compress",
        }
    ),
    ("OUTPUT", "loki"): frozenset(
        {
            "http_user",
            "http_passwd",
            "uri",
            "labels",
            "structured_metadata",
            "line_format",
        }
    ),
    ("OUTPUT", "http"): frozenset(
        {
            "http_user",
            "http_passwd",
            "uri",
            "format",
            "json_date_key",
            "json_date_format",
            "compress",
        }
    ),
}

Sections = list[tuple[str, dict[str, str]]]


def read(text: str) -> Sections:
    """Returns the sections in their order, keys in lower case. Raises `ValueError` for
    what Fluent Bit would refuse or not read."""
    found: Sections = []
    for line in filter(str.strip, text.splitlines()):
        if heading := re.fullmatch(r"\[([A-Z]+)\]", line):
            found.append((heading[1], {}))
            continue
        entry = re.fullmatch(r" {4}(\S+) (\S.*)", line)
        if entry is None or not found:
            raise ValueError(f"not an entry: {line!r}")
        kind, section = found[-1]
        key = entry[1].lower()
        if key in section:
            raise ValueError(f"{key} is twice in {kind}")
        section[key] = entry[2]
    for kind, section in found:
        _check(kind, section)
    return found


def _check(kind: str, section: Mapping[str, str]) -> None:
    known = SERVICE
    if kind != "SERVICE":
        plugin = (kind, section["name"])
        if plugin not in PLUGINS:
            raise ValueError(f"no plugin {plugin}")
        known = OF_ALL[kind] | PLUGINS[plugin]
    if unknown := section.keys() - known:
        raise ValueError(f"{kind} {section.get('name', '')} has no {sorted(unknown)}")


def output(kind: LogOutputType, **more: Any) -> Output:
    """Returns an output that is not AWS's."""
    fields: dict[str, Any] = {
        "type": kind,
        "host": "receiver.search.svc",
        "port": 9200,
        "tls": True,
        "path": "",
        "index": "groundplan-logs",
        "namespace": "search",
        "secret_name": "receiver",
    }
    return Output(**{**fields, **more})


CLOUDWATCH = CloudWatch("us-east-1", "/groundplan/ml-prod/logs/")
OUTPUTS: list[CloudWatch | Output] = [CLOUDWATCH, *map(output, LogOutputType)]


def text(target: CloudWatch | Output) -> str:
    """Returns the configuration of an output."""
    return "\n".join(map(configuration.text, configuration.sections(target).values()))
