"""Runs in MLflow's pods, beside MLflow: brings its credentials from AWS Secrets Manager
into memory, and keeps them fresh.

Nothing secret stands in Pulumi's state, in the chart's values or in a Kubernetes
Secret. RDS renews the password that it manages every seven days (Amazon RDS User Guide,
"Password management with Amazon RDS and AWS Secrets Manager"), and a pod lives longer:
so the password is in a connection service file, which libpq reads for each new
connection, and not in a variable, which would stay as it was when the pod started.

A pod gets this file as it is: only the standard library, boto3 and MLflow, which are in
the image, can be imported.
"""

import base64
import contextlib
import json
import logging
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = "/run/groundplan"
SERVICE = "mlflow"
SERVICE_FILE = f"{FOLDER}/pg_service.conf"
ACCOUNTS_FILE = f"{FOLDER}/basic_auth.ini"
DATABASE_URI = "postgresql+psycopg2://"
"""Without host, user and password: libpq has them from the service file."""
SERVER = "http://127.0.0.1:5000"

log = logging.getLogger("credentials")

ADMINISTRATOR = "admin"
CLIENT = "client"

REFRESH_SECONDS = 60
MIGRATION_LOCK = 7_211_955_463
"""Any number that nobody else uses: PostgreSQL's advisory lock of whoever changes the
schema."""
FIRST_VERSION = "groundplan-first-password-of-this-secret"
"""The token of the first version of a secret, 32 to 64 characters. Of several pods that
start at once, one writes it; for the others, Secrets Manager refuses another content
under the same token."""


def service_file(host: str, port: str, database: str, secret: Mapping[str, Any]) -> str:
    """libpq's connection service file (PostgreSQL documentation, "The Connection
    Service File"). Nothing in it is quoted."""
    lines = {
        "host": host,
        "port": port,
        "dbname": database,
        "user": secret["username"],
        "password": secret["password"],
        "sslmode": "require",
    }
    return "".join([f"[{SERVICE}]\n", *(f"{key}={value}\n" for key, value in lines.items())])


def accounts_file(administrator: Mapping[str, Any]) -> str:
    """The configuration of MLflow's basic authentication (MLflow documentation,
    "Authentication with Username and Password").

    Accounts may log to all experiments, as they would without authentication; only the
    administrator makes accounts.
    """
    lines = {
        "default_permission": "EDIT",
        "database_uri": DATABASE_URI,
        "admin_username": administrator["username"],
        "admin_password": administrator["password"],
        "authorization_function": "mlflow.server.auth:authenticate_request_basic_auth",
    }
    return "".join(["[mlflow]\n", *(f"{key} = {value}\n" for key, value in lines.items())])


def write(path: str, text: str) -> None:
    """Replaces a file whole, so that no one reads half of it. Only its owner may read
    it."""
    target = Path(path)
    if target.exists() and target.read_text(encoding="utf-8") == text:
        return
    fresh = target.with_suffix(".new")
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    fresh.replace(target)


def read_secret(client: Any, arn: str) -> dict[str, Any]:
    """A secret of the form that RDS has too: a JSON object with username and
    password."""
    found: dict[str, Any] = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    return found


def account(client: Any, arn: str, username: str) -> dict[str, Any]:
    """The account that a secret holds. An empty secret gets one, with a password that
    nobody has seen."""
    try:
        return read_secret(client, arn)
    except client.exceptions.ResourceNotFoundException:
        pass  # the secret is there, and has no version yet
    # Letters, digits, - and _: the file's parser gives % a meaning.
    made = json.dumps({"username": username, "password": secrets.token_urlsafe(32)})
    with contextlib.suppress(client.exceptions.ResourceExistsException):  # another pod was first
        client.put_secret_value(SecretId=arn, SecretString=made, ClientRequestToken=FIRST_VERSION)
    return read_secret(client, arn)


def ensure_account(
    administrator: Mapping[str, Any], wanted: Mapping[str, Any], server: str = SERVER
) -> bool:
    """Makes an account that is no administrator, by MLflow's own API. Whether it is
    there; false while MLflow starts."""
    login = base64.b64encode(
        f"{administrator['username']}:{administrator['password']}".encode()
    ).decode()
    request = urllib.request.Request(  # noqa: S310 (the pod itself)
        f"{server}/api/2.0/mlflow/users/create",
        data=json.dumps({"username": wanted["username"], "password": wanted["password"]}).encode(),
        headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310 (the pod itself)
            return True
    except urllib.error.HTTPError as error:
        told = error.read().decode(errors="replace")
        if "RESOURCE_ALREADY_EXISTS" in told:
            return True
        log.warning("account %s: %s %s", wanted["username"], error.code, told[:200])
    except OSError as error:
        log.info("account %s: MLflow does not answer yet (%s)", wanted["username"], error)
    return False


def serve(environment: Mapping[str, str], client: Any, rounds: int | None = None) -> None:
    """The sidecar. `rounds`: how often to refresh, for tests; by default for ever."""

    def refresh() -> None:
        secret = read_secret(client, environment["DATABASE_SECRET_ARN"])
        place = (
            environment["DATABASE_HOST"],
            environment["DATABASE_PORT"],
            environment["DATABASE_NAME"],
        )
        write(environment.get("SERVICE_FILE", SERVICE_FILE), service_file(*place, secret))

    administrator = account(client, environment["ADMINISTRATOR_SECRET_ARN"], ADMINISTRATOR)
    wanted = account(client, environment["CLIENT_SECRET_ARN"], CLIENT)
    refresh()
    # The last of the files: the pod's start-up probe looks for it.
    write(environment.get("ACCOUNTS_FILE", ACCOUNTS_FILE), accounts_file(administrator))
    there, round_ = False, 0
    while rounds is None or round_ < rounds:
        round_ += 1
        there = there or ensure_account(administrator, wanted, environment.get("SERVER", SERVER))
        time.sleep(float(environment.get("REFRESH_SECONDS", REFRESH_SECONDS)))
        try:
            refresh()
        except Exception as error:  # noqa: BLE001 (the password that is there goes on working, mostly)
            log.warning("the password was not refreshed: %s: %s", type(error).__name__, error)


def migrate() -> None:
    """Brings both schemas, of MLflow and of its accounts, to what this version of
    MLflow wants. One pod at a time."""
    from mlflow.server.auth.db import utils as accounts  # type: ignore[import-not-found]
    from mlflow.store.db import utils as store  # type: ignore[import-not-found]

    engine = store.create_sqlalchemy_engine_with_retry(DATABASE_URI)
    with engine.connect() as lock:
        lock.exec_driver_sql(f"SELECT pg_advisory_lock({MIGRATION_LOCK})")
        # As the chart's own migration does; `mlflow db upgrade` wants tables that are
        # there.
        store._initialize_tables(engine)
        accounts.migrate_if_needed(engine, "head")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    if sys.argv[1:] == ["migrate"]:
        migrate()
    else:
        import boto3  # type: ignore[import-untyped]

        serve(os.environ, boto3.client("secretsmanager"))
