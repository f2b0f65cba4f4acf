"""Fluent Bit's configuration: read by a strict parser, for each output."""

import re
from typing import Any

import fluent_bit_text
import pytest
from exporters import EXPORTERS
from fluent_bit_text import CLOUDWATCH, OUTPUTS, output, text
from groundplan.logs.choices import LogOutputType
from groundplan.logs.fluent_bit import alerts, chart, configuration, names, network_policy
from groundplan.logs.fluent_bit.configuration import CloudWatch, Output


def sections(target: CloudWatch | Output) -> dict[str, dict[str, str]]:
    """Returns the sections by the plugin's name."""
    found = fluent_bit_text.read(text(target))
    return {section.get("name", kind): section for kind, section in found}


@pytest.mark.parametrize("target", OUTPUTS, ids=lambda target: type(target).__name__)
def test_every_key_is_one_that_the_plugin_has(target: CloudWatch | Output) -> None:
    assert fluent_bit_text.read(text(target))


def test_the_strict_parser_refuses_what_fluent_bit_would() -> None:
    for wrong in ("    Name x", "[INPUT]\n  Name tail", "[INPUT]\n    Name tail\n    Pth x"):
        with pytest.raises(ValueError, match=r"."):
            fluent_bit_text.read(wrong)


def test_stack_traces_are_joined_before_any_other_filter() -> None:
    filters = [s["name"] for kind, s in fluent_bit_text.read(text(CLOUDWATCH)) if kind == "FILTER"]
    assert filters == ["multiline", "kubernetes", "lua"]


def test_lines_go_to_the_log_group_of_their_team_and_no_group_is_created() -> None:
    out = sections(CLOUDWATCH)["cloudwatch_logs"]
    assert out["log_group_template"] == "/groundplan/ml-prod/logs/$team"
    assert out["log_group_name"] == "/groundplan/ml-prod/logs/platform"
    assert out["auto_create_group"] == "Off"
    assert out["region"] == "${AWS_REGION}"


def test_what_is_not_delivered_waits_on_the_disk_without_end_and_up_to_a_size() -> None:
    for target in OUTPUTS:
        found = sections(target)
        (out,) = (s for kind, s in fluent_bit_text.read(text(target)) if kind == "OUTPUT")
        assert (out["retry_limit"], out["storage.total_limit_size"]) == ("False", "1G")
        assert found["tail"]["storage.type"] == "filesystem"
        assert found["tail"]["db"].startswith(f"{names.STATE}/")
        assert found["SERVICE"]["storage.path"].startswith(f"{names.STATE}/")


def test_its_own_lines_are_not_collected() -> None:
    pattern = sections(CLOUDWATCH)["tail"]["exclude_path"]
    assert pattern == "/var/log/containers/fluent-bit-*_logging-system_*.log"


def test_a_pod_chooses_no_parser_and_no_kubelet_is_asked() -> None:
    kubernetes = sections(CLOUDWATCH)["kubernetes"]
    assert kubernetes["k8s-logging.parser"] == kubernetes["use_kubelet"] == "Off"


def test_the_json_of_a_line_is_under_one_key() -> None:
    assert sections(CLOUDWATCH)["kubernetes"]["merge_log_key"] == "data"


def test_credentials_come_from_a_secret_and_are_not_in_the_configuration() -> None:
    target = output(LogOutputType.OPENSEARCH)
    assert sections(target)["opensearch"]["http_passwd"] == f"${{{configuration.PASSWORD}}}"
    values = chart.values(target, environment="ml-prod", teams={}, memory_mib=256)
    assert values["env"][1]["valueFrom"] == {
        "secretKeyRef": {"name": "receiver", "key": "password"}
    }
    without = output(LogOutputType.OPENSEARCH, secret_name=None)
    assert "http_user" not in sections(without)["opensearch"]
    assert chart.values(without, environment="x", teams={}, memory_mib=256)["env"] == []


def test_paths_of_outputs() -> None:
    assert "path" not in sections(output(LogOutputType.OPENSEARCH))["opensearch"]
    assert "uri" not in sections(output(LogOutputType.LOKI))["loki"]
    assert sections(output(LogOutputType.HTTP))["http"]["uri"] == "/"
    named = {kind: output(kind, path="/in") for kind in LogOutputType}
    keys = {"opensearch": "path", "loki": "uri", "http": "uri"}
    for kind, target in named.items():
        assert sections(target)[kind.value][keys[kind.value]] == "/in"


def test_the_chart_expands_no_template_in_what_it_is_given() -> None:
    for target in OUTPUTS:
        values = chart.values(target, environment="ml-prod", teams={"a": "b"}, memory_mib=256)
        texts = [*values["config"].values(), *values["luaScripts"].values()]
        assert not any("{{" in text for text in texts)


def test_it_runs_on_every_node_without_capabilities_and_writes_to_its_own_folder_only() -> None:
    values = chart.values(CLOUDWATCH, environment="ml-prod", teams={}, memory_mib=300)
    assert values["tolerations"] == [{"operator": "Exists"}]
    assert values["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert values["securityContext"]["readOnlyRootFilesystem"] is True
    writable = [m["mountPath"] for m in values["daemonSetVolumeMounts"] if not m.get("readOnly")]
    assert writable == [names.STATE]
    assert values["resources"]["limits"] == {"memory": "300Mi"}
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", values["image"]["digest"])


def test_it_reaches_the_namespace_of_its_output_and_no_other() -> None:
    def ports(policy: dict[str, Any]) -> list[tuple[Any, ...]]:
        return [
            (next(iter(rule["to"][0])), *(port["port"] for port in rule["ports"]))
            for rule in policy["egress"]
        ]

    inside = network_policy.policy_spec(output(LogOutputType.LOKI, port=3100))
    assert ports(inside)[-1] == ("namespaceSelector", 3100)
    outside = network_policy.policy_spec(output(LogOutputType.HTTP, namespace=None, port=8443))
    assert ports(outside)[-1] == ("ipBlock", 8443)
    of_aws = network_policy.policy_spec(None)
    assert of_aws["egress"][-1]["to"] == [{"ipBlock": {"cidr": "169.254.170.23/32"}}]
    assert [rule["ports"][0]["port"] for rule in of_aws["ingress"]] == [2020]


OF_FLUENT_BIT = {
    # fluent/fluent-bit@d55459d4, src/flb_output.c: each with the namespace `fluentbit`
    # and the subsystem `output`.
    "fluentbit_output_dropped_records_total",
    "fluentbit_output_errors_total",
    "fluentbit_output_proc_bytes_total",
    "fluentbit_output_proc_records_total",
    "fluentbit_output_retried_records_total",
    "fluentbit_output_retries_failed_total",
    "fluentbit_output_retries_total",
}


def test_alerts_name_metrics_that_fluent_bit_exports_and_a_runbook() -> None:
    pattern = r"(?:fluentbit|kube)_\w+"
    named = {m for rule in alerts.rules() for m in re.findall(pattern, rule.expr)}
    assert len(named) == 4
    assert named <= OF_FLUENT_BIT | EXPORTERS["kube-state-metrics"]
    assert {rule.runbook for rule in alerts.rules()} == {"log-collection.md"}
