"""The fields of a line, by the script in a real LuaJIT, as Fluent Bit has it."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from groundplan.logs.fluent_bit import configuration
from lupa.luajit21 import LuaRuntime  # type: ignore[import-untyped]

POD: dict[str, Any] = {
    "namespace_name": "vision",
    "pod_name": "train-0",
    "container_name": "trainer",
    "host": "ip-10-0-0-1",
    "labels": {
        "app.kubernetes.io/name": "churn",
        "app.kubernetes.io/component": "training",
        "batch.kubernetes.io/job-name": "churn-1a2b",
    },
    "annotations": {"groundplan/run-id": "churn-1a2b3c"},
}


@cache
def runtime() -> Any:
    lua = LuaRuntime()
    lua.execute(configuration.script("ml-prod", {"vision": "vision", "chat": "vision"}))
    return lua


def line(record: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields of a record, as Fluent Bit has them after the script."""
    lua = runtime()
    code, time, changed = lua.globals().fields(
        "kube.x", 17.5, lua.table_from(record, recursive=True)
    )
    assert (code, time) == (2, 17.5)
    fields: dict[str, Any] = plain(changed)
    return fields


def plain(value: Any) -> Any:
    return {key: plain(value[key]) for key in value} if hasattr(value, "keys") else value


def test_a_line_of_a_job_leads_to_its_run() -> None:
    found = line({"kubernetes": POD, "stream": "stdout", "log": "epoch 1"})
    assert found == {
        "environment": "ml-prod",
        "team": "vision",
        "namespace": "vision",
        "pod": "train-0",
        "container": "trainer",
        "node": "ip-10-0-0-1",
        "stream": "stdout",
        "job": "churn-1a2b",
        "run": "churn-1a2b3c",
        "message": "epoch 1",
    }


@pytest.mark.parametrize("track", ["stable", "canary"])
def test_a_line_of_an_endpoint_leads_to_its_model(track: str) -> None:
    labels = {"app.kubernetes.io/name": "chat", "app.kubernetes.io/component": track}
    notes = {"groundplan/model-version": "models/chat/3/"}
    pod = {**POD, "namespace_name": "chat", "labels": labels, "annotations": notes}
    found = line({"kubernetes": pod, "log": "x"})
    assert (found["endpoint"], found["track"]) == ("chat", track)
    assert found["model_version"] == "models/chat/3/"
    assert found["team"] == "vision"


def test_a_line_of_kserve_leads_to_its_endpoint() -> None:
    pod = {**POD, "labels": {"serving.kserve.io/inferenceservice": "score"}}
    assert line({"kubernetes": pod, "log": "x"})["endpoint"] == "score"


def test_a_namespace_of_no_team_is_the_platforms() -> None:
    for name in ("kube-system", "visionary", "Vision"):
        pod = {**POD, "namespace_name": name}
        assert line({"kubernetes": pod, "log": "x"})["team"] == "platform"


@pytest.mark.parametrize(
    "own", ["team", "environment", "namespace", "run", "endpoint", "model_version", "pod"]
)
def test_a_line_can_not_choose_where_it_comes_from(own: str) -> None:
    honest = line({"kubernetes": POD, "log": "x"})
    forged = line({"kubernetes": POD, "log": "x", own: "other", "data": {own: "other"}})
    assert forged.get(own) == honest.get(own)
    assert forged["data"] == {own: "other"}


def test_a_structured_line_has_its_message_and_its_level() -> None:
    data = {"msg": "failed", "levelname": "ERROR", "step": 3, "nested": {"a": True}}
    found = line({"kubernetes": POD, "log": "{...}", "data": data})
    assert (found["message"], found["level"]) == ("failed", "error")
    assert found["data"] == data


@pytest.mark.parametrize(
    "data", [{"message": {"a": 1}}, {"message": ""}, {"level": 30}, {"step": 1}, {}, "text", 4]
)
def test_a_structured_line_without_a_message_keeps_its_text(data: Any) -> None:
    found = line({"kubernetes": POD, "log": "as written", "data": data})
    assert found["message"] == "as written"
    assert "level" not in found


def test_without_metadata_of_kubernetes_a_line_is_not_lost() -> None:
    found = line({"log": "x", "stream": "stderr"})
    assert found == {
        "environment": "ml-prod",
        "team": "platform",
        "stream": "stderr",
        "message": "x",
    }
