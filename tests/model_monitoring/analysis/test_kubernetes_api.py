"""Changes of objects, as the API server receives them."""

import contextlib
import io
import json
import pathlib
import urllib.error
import urllib.request
from email.message import Message
from typing import Any

import pytest
from groundplan.model_monitoring.analysis.kubernetes_api import Cluster

PATH = "/apis/apps/v1/namespaces/serving/deployments/churn"


def test_a_change_is_merged_under_a_name_of_its_own(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that `pulumi up` says whose field it is, if it conflicts with one."""
    asked: list[urllib.request.Request] = []

    def urlopen(request: urllib.request.Request, **_options: Any) -> Any:
        asked.append(request)
        return contextlib.nullcontext(io.BytesIO(b'{"kind": "Deployment"}'))

    (tmp_path / "token").write_text("secret\n")
    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    changes = {"metadata": {"resourceVersion": "7"}, "spec": {"replicas": 2}}
    assert Cluster("http://api", tmp_path).patch(PATH, changes) == {"kind": "Deployment"}
    (request,) = asked
    assert (request.method, request.full_url) == (
        "PATCH",
        f"http://api{PATH}?fieldManager=groundplan",
    )
    assert request.get_header("Content-type") == "application/merge-patch+json"
    assert isinstance(request.data, bytes)
    assert json.loads(request.data) == changes


def test_a_change_of_what_was_changed_since_is_an_error(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def urlopen(request: urllib.request.Request, **_options: Any) -> Any:
        raise urllib.error.HTTPError(request.full_url, 409, "conflict", Message(), None)

    (tmp_path / "token").write_text("secret\n")
    monkeypatch.setattr(urllib.request, "urlopen", urlopen)
    with pytest.raises(urllib.error.HTTPError):
        Cluster("http://api", tmp_path).patch(PATH, {})
