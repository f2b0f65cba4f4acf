"""`groundplan dashboards push`: the dashboards are in a workspace of Amazon Managed
Grafana afterwards, and nothing that could change them again."""

import http.server
import json
import pathlib
import threading
from collections.abc import Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.stub import Stubber  # type: ignore[import-untyped]
from click.testing import CliRunner, Result
from groundplan.cli import main
from groundplan.monitoring import dashboards
from groundplan.operations.dashboards import access, push
from groundplan.operations.dashboards.grafana_api import Grafana, Refused

WORKSPACE = "g-0123456789"
ENDPOINT = "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/"
KEY = "glsa_secret"


class Server:
    """A Grafana that has nothing at first."""

    def __init__(self) -> None:
        self.things: dict[str, Any] = {}
        """Path -> what is there."""
        self.requests: list[tuple[str, str]] = []
        self.tokens: set[str] = set()
        self.refuses: set[str] = set()
        self.redirects = ""

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        self.requests.append((method, path))
        if path in self.refuses:
            return 403, {"message": "no permission"}
        if method == "GET":
            return (200, self.things[path]) if path in self.things else (404, {})
        if path == "/api/folders":
            self.things[f"/api/folders/{body['uid']}"] = body
        elif path.startswith("/api/datasources"):
            self.things[f"/api/datasources/uid/{body['uid']}"] = body
        else:
            self.things[f"/api/dashboards/uid/{body['dashboard']['uid']}"] = body
            return 200, {"url": f"/d/{body['dashboard']['uid']}"}
        return 200, {}


@pytest.fixture
def server() -> Iterator[tuple[Server, str]]:
    grafana = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        def respond(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"null")
            grafana.tokens.add(self.headers.get("Authorization", ""))
            if grafana.redirects:
                self.send_response(302)
                self.send_header("Location", grafana.redirects)
                self.end_headers()
                return
            status, answer = grafana.answer(self.command, self.path, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    for method in ("GET", "POST", "PUT"):
        setattr(Handler, f"do_{method}", Handler.respond)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield grafana, f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def titles(done: Any) -> dict[str, str]:
    return {one.what: one.detail for one in done}


def test_all_dashboards_and_their_data_sources_are_there(server: tuple[Server, str]) -> None:
    grafana, url = server

    done = push.push(Grafana(url, KEY), "eu-west-1", ENDPOINT)

    assert not push.failed(done), done
    boards = {p: b for p, b in grafana.things.items() if p.startswith("/api/dashboards")}
    assert len(boards) == len(dashboards.names())
    assert {board["folderUid"] for board in boards.values()} == {"groundplan"}
    source = grafana.things["/api/datasources/uid/prometheus"]
    assert (source["type"], source["url"]) == ("prometheus", ENDPOINT.rstrip("/"))
    assert source["jsonData"]["sigV4Region"] == "eu-west-1"
    assert grafana.tokens == {f"Bearer {KEY}"}


def test_dashboards_refer_to_data_sources_that_a_push_creates(server: tuple[Server, str]) -> None:
    grafana, url = server
    push.push(Grafana(url, KEY), "eu-west-1", ENDPOINT)
    uids = {path.rsplit("/", 1)[-1] for path in grafana.things if "/datasources/" in path}
    for name in dashboards.names():
        assert push._read(json.loads(dashboards.text(name))) <= uids, name


def test_a_second_push_updates_and_creates_nothing(server: tuple[Server, str]) -> None:
    grafana, url = server
    push.push(Grafana(url, KEY), "eu-west-1", ENDPOINT)
    before = json.dumps(grafana.things, sort_keys=True)
    grafana.requests.clear()

    done = push.push(Grafana(url, KEY), "eu-west-1", ENDPOINT)

    assert titles(done)["data source prometheus"] == "updated"
    assert json.dumps(grafana.things, sort_keys=True) == before
    assert [r for r in grafana.requests if r == ("POST", "/api/datasources")] == []


def test_the_plugin_of_the_managed_service_is_used_where_it_is_installed(
    server: tuple[Server, str],
) -> None:
    grafana, url = server
    grafana.things[f"/api/plugins/{push.PLUGIN}/settings"] = {"id": push.PLUGIN}

    assert not push.failed(push.push(Grafana(url, KEY), "eu-west-1", ENDPOINT))

    assert grafana.things["/api/datasources/uid/prometheus"]["type"] == push.PLUGIN
    board = grafana.things["/api/dashboards/uid/groundplan-cluster"]["dashboard"]
    types = {r["type"] for r in push._references(board) if r["uid"] == "prometheus"}
    assert types == {push.PLUGIN}


def test_without_a_workspace_of_prometheus_its_dashboards_are_left_out(
    server: tuple[Server, str],
) -> None:
    grafana, url = server

    done = push.push(Grafana(url, KEY), "eu-west-1", None)

    assert not push.failed(done)
    assert titles(done)["dashboard Groundplan / Cluster"] == "left out: no data source prometheus"
    assert "/api/datasources/uid/prometheus" not in grafana.things
    assert "/api/dashboards/uid/groundplan-cluster" not in grafana.things


def test_what_is_refused_is_reported_and_stops_nothing_else(server: tuple[Server, str]) -> None:
    grafana, url = server
    grafana.refuses = {"/api/dashboards/db"}

    done = push.push(Grafana(url, KEY), "eu-west-1", ENDPOINT)

    assert push.failed(done)
    refused = [one for one in done if not one.ok]
    assert len(refused) == len(dashboards.names())
    assert "403 no permission" in refused[0].detail
    assert "/api/datasources/uid/cloudwatch" in grafana.things


def test_a_token_goes_to_no_address_without_encryption_and_follows_no_redirect(
    server: tuple[Server, str],
) -> None:
    with pytest.raises(Refused, match="not an https"):
        Grafana("http://grafana.example.com", KEY)
    assert KEY not in repr(Grafana("https://grafana.example.com", KEY))
    grafana, url = server
    grafana.redirects = f"{url}/elsewhere"
    with pytest.raises(Refused, match="302"):
        Grafana(url, KEY).call("GET", "/api/folders/groundplan")


# The token.


def stubbed(accounts: list[dict[str, Any]]) -> tuple[Any, Stubber]:
    client = boto3.client(
        "grafana",
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",  # noqa: S106 (of a stub)
    )
    stub = Stubber(client)
    stub.add_response(
        "list_workspace_service_accounts", {"serviceAccounts": accounts, "workspaceId": WORKSPACE}
    )
    if not accounts:
        stub.add_response(
            "create_workspace_service_account",
            {"id": "7", "name": access.NAME, "grafanaRole": "ADMIN", "workspaceId": WORKSPACE},
            {"workspaceId": WORKSPACE, "name": access.NAME, "grafanaRole": "ADMIN"},
        )
    stub.add_response(
        "create_workspace_service_account_token",
        {
            "serviceAccountToken": {"id": "9", "name": "push", "key": KEY},
            "serviceAccountId": "7",
            "workspaceId": WORKSPACE,
        },
    )
    stub.add_response(
        "delete_workspace_service_account_token",
        {"tokenId": "9", "serviceAccountId": "7", "workspaceId": WORKSPACE},
        {"tokenId": "9", "serviceAccountId": "7", "workspaceId": WORKSPACE},
    )
    stub.activate()
    return client, stub


ACCOUNT = {"id": "7", "name": access.NAME, "isDisabled": "false", "grafanaRole": "ADMIN"}


@pytest.mark.parametrize("accounts", [[], [ACCOUNT]], ids=["first push", "later push"])
def test_the_token_is_deleted_whatever_happens(accounts: list[dict[str, Any]]) -> None:
    client, stub = stubbed(accounts)

    def use() -> None:
        with access.token(client, WORKSPACE) as key:
            raise RuntimeError(key)

    with pytest.raises(RuntimeError, match=KEY):
        use()
    stub.assert_no_pending_responses()


def run(tmp_path: pathlib.Path, exports: Any, *options: str) -> Result:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(exports))
    return CliRunner().invoke(main, ["dashboards", "push", "--outputs", str(file), *options])


def test_the_command_pushes_to_the_workspace_that_the_stack_exports(
    server: tuple[Server, str], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grafana, url = server
    client, stub = stubbed([])

    class Session:
        def client(self, *_: Any, **__: Any) -> Any:
            return client

    monkeypatch.setattr(boto3.session, "Session", Session)
    exports = {
        "grafanaWorkspaceId": WORKSPACE,
        "grafanaUrl": url,
        "prometheusEndpoint": ENDPOINT,
        "alarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms",
    }
    result = run(tmp_path, exports, "--json")

    assert result.exit_code == 0, result.output
    assert {one["what"] for one in json.loads(result.stdout)} >= {
        "data source prometheus",
        "dashboard Groundplan / Training",
    }
    assert KEY not in result.output
    assert grafana.things["/api/datasources/uid/cloudwatch"]["jsonData"]["defaultRegion"] == (
        "eu-west-1"
    )
    stub.assert_no_pending_responses()


def test_a_stack_without_managed_grafana_is_an_error_with_a_fix(tmp_path: pathlib.Path) -> None:
    result = run(tmp_path, {"alarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms"})
    assert result.exit_code == 1
    assert "Fix: set monitoring.grafana" in result.output
