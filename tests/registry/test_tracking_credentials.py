"""The script beside MLflow: against moto's Secrets Manager and a server that answers as
MLflow does."""

import configparser
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import boto3  # type: ignore[import-untyped]
import pytest
from groundplan.registry.experiment_tracking import credentials
from moto import mock_aws

DATABASE = {"username": "mlflow", "password": "x;'#:@/%y=\\z"}


@pytest.fixture
def secrets() -> Iterator[Any]:
    with mock_aws():
        yield boto3.session.Session("testing", "testing", region_name="us-east-1").client(
            "secretsmanager"
        )


@pytest.fixture
def arns(secrets: Any) -> dict[str, str]:
    created = {
        name: secrets.create_secret(Name=name)["ARN"]
        for name in ("administrator", "client", "database")
    }
    secrets.put_secret_value(SecretId="database", SecretString=json.dumps(DATABASE))
    return created


class Mlflow(http.server.BaseHTTPRequestHandler):
    """Answers as MLflow 3.15 does to `users/create`."""

    seen: ClassVar[list[tuple[str, str | None, Any]]] = []
    answers: ClassVar[list[tuple[int, str]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((self.path, self.headers["Authorization"], body))
        status, text = self.answers.pop(0)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Mlflow.seen.clear()
    Mlflow.answers.clear()
    found = http.server.HTTPServer(("127.0.0.1", 0), Mlflow)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{found.server_port}"
    found.shutdown()
    found.server_close()
    thread.join()


def test_the_service_file_has_the_password_as_it_is() -> None:
    assert credentials.service_file("db.example.com", "5432", "mlflow", DATABASE) == (
        "[mlflow]\nhost=db.example.com\nport=5432\ndbname=mlflow\nuser=mlflow\npassword=x;'#:@/%y=\\z\nsslmode=require\n"
    )


def test_an_empty_secret_receives_a_password_that_does_not_change(
    secrets: Any, arns: dict[str, str]
) -> None:
    created = credentials.account(secrets, arns["client"], "client")

    assert created["username"] == "client"
    assert len(created["password"]) >= 40
    assert credentials.account(secrets, arns["client"], "client") == created
    assert json.loads(secrets.get_secret_value(SecretId="client")["SecretString"]) == created
    assert (
        credentials.account(secrets, arns["administrator"], "admin")["password"]
        != created["password"]
    )


def test_one_of_two_concurrent_pods_generates_the_password(
    secrets: Any, arns: dict[str, str]
) -> None:
    first = {"username": "client", "password": "first"}

    class Late:
        """Saw the secret empty, and comes second."""

        exceptions = secrets.exceptions
        looked = False

        def get_secret_value(self, **overrides: Any) -> Any:
            if not self.looked:
                self.looked = True
                error = {"Error": {"Code": "ResourceNotFoundException", "Message": ""}}
                raise self.exceptions.ResourceNotFoundException(error, "GetSecretValue")
            return secrets.get_secret_value(**overrides)

        def put_secret_value(self, **overrides: Any) -> Any:
            secrets.put_secret_value(**{**overrides, "SecretString": json.dumps(first)})
            error = {"Error": {"Code": "ResourceExistsException", "Message": ""}}
            raise self.exceptions.ResourceExistsException(error, "PutSecretValue")

    assert credentials.account(Late(), arns["client"], "client") == first
    assert 32 <= len(credentials.FIRST_VERSION) <= 64


def test_only_the_owner_reads_the_files(tmp_path: Path) -> None:
    path = tmp_path / "secret.ini"
    credentials.write(str(path), "one")
    credentials.write(str(path), "two")

    assert path.read_text() == "two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["secret.ini"]


def test_mlflow_reads_its_accounts_file() -> None:
    parser = configparser.ConfigParser()
    parser.read_string(credentials.accounts_file({"username": "admin", "password": "a-_b"}))

    expected = dict(parser["mlflow"])
    assert expected == {
        "default_permission": "EDIT",
        "database_uri": "postgresql+psycopg2://",
        "admin_username": "admin",
        "admin_password": "a-_b",
        "authorization_function": "mlflow.server.auth:authenticate_request_basic_auth",
    }


@pytest.mark.parametrize(
    ("status", "text", "there"),
    [
        (200, "{}", True),
        (400, '{"error_code": "RESOURCE_ALREADY_EXISTS"}', True),
        (500, "no", False),
        (401, "You are not authenticated", False),
    ],
)
def test_the_account_of_programs_is_created_by_mlflows_api(
    server: str, status: int, text: str, there: bool
) -> None:
    Mlflow.answers.append((status, text))
    admin, client = {"username": "admin", "password": "a"}, {"username": "client", "password": "c"}

    assert credentials.ensure_account(admin, client, server) is there
    assert Mlflow.seen == [("/api/2.0/mlflow/users/create", "Basic YWRtaW46YQ==", client)]


def test_while_mlflow_starts_there_is_no_account_yet() -> None:
    assert (
        credentials.ensure_account(
            {"username": "a", "password": "b"},
            {"username": "c"} | {"password": "d"},
            "http://127.0.0.1:1",
        )
        is False
    )


def environment(tmp_path: Path, arns: dict[str, str], server: str) -> dict[str, str]:
    return {
        "DATABASE_HOST": "db.example.com",
        "DATABASE_PORT": "5432",
        "DATABASE_NAME": "mlflow",
        "DATABASE_SECRET_ARN": arns["database"],
        "ADMINISTRATOR_SECRET_ARN": arns["administrator"],
        "CLIENT_SECRET_ARN": arns["client"],
        "SERVICE_FILE": str(tmp_path / "pg_service.conf"),
        "ACCOUNTS_FILE": str(tmp_path / "basic_auth.ini"),
        "SERVER": server,
        "REFRESH_SECONDS": "0",
    }


def test_the_sidecar_writes_its_files_and_creates_the_account_with_retries(
    tmp_path: Path, secrets: Any, arns: dict[str, str], server: str
) -> None:
    Mlflow.answers += [(503, "starting"), (200, "{}")]
    credentials.serve(environment(tmp_path, arns, server), secrets, rounds=4)

    assert len(Mlflow.seen) == 2
    assert "password=x;" in (tmp_path / "pg_service.conf").read_text()
    assert "admin_username = admin" in (tmp_path / "basic_auth.ini").read_text()


def test_a_rotated_password_is_written_and_a_failure_retains_the_old_one(
    tmp_path: Path, secrets: Any, arns: dict[str, str], server: str
) -> None:
    Mlflow.answers.append((200, "{}"))
    renewed = {"username": "mlflow", "password": "renewed"}
    looks: list[str] = []

    class Renewing:
        exceptions = secrets.exceptions
        put_secret_value = staticmethod(secrets.put_secret_value)

        def get_secret_value(self, SecretId: str) -> Any:  # noqa: N803 (boto3's)
            if SecretId == arns["database"]:
                looks.append(SecretId)
                if len(looks) == 2:
                    secrets.put_secret_value(SecretId="database", SecretString=json.dumps(renewed))
                if len(looks) == 3:
                    raise ConnectionError("gone")
            return secrets.get_secret_value(SecretId=SecretId)

    credentials.serve(environment(tmp_path, arns, server), Renewing(), rounds=2)
    assert len(looks) == 3
    assert "password=renewed\n" in (tmp_path / "pg_service.conf").read_text()


def test_without_its_secret_the_sidecar_exits_and_is_restarted(
    tmp_path: Path, secrets: Any, arns: dict[str, str], server: str
) -> None:
    missing = {**environment(tmp_path, arns, server), "DATABASE_SECRET_ARN": "none"}
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        credentials.serve(missing, secrets, rounds=1)
    assert not (tmp_path / "basic_auth.ini").exists()
