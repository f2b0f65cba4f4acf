"""Runs as a sidecar of MLflow: loads its credentials from AWS Secrets Manager into
memory, and refreshes them.

No secret is in Pulumi's state, in the chart's values or in a Kubernetes Secret. RDS
rotates the password that it manages every seven days (Amazon RDS User Guide, "Password
management with Amazon RDS and AWS Secrets Manager"), and a pod lives longer: so the
password is in a connection service file, which libpq reads for each new connection, and
not in an environment variable, which does not change while a pod runs.

Pods run this file unchanged: it can import only the standard library, boto3 and MLflow,
which are in the image.
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
"""Without host, user and password: libpq reads them from the service file."""
SERVER = "http://127.0.0.1:5000"

log = logging.getLogger("credentials")

ADMINISTRATOR = "admin"
CLIENT = "client"

REFRESH_SECONDS = 60
MIGRATION_LOCK = 7_211_955_463
"""The key of PostgreSQL's advisory lock for migrations, an arbitrary number."""
FIRST_VERSION = "groundplan-first-password-of-this-secret"
"""The token of the first version of a secret, 32 to 64 characters. Of several pods that
start at once, one writes it; for the others, Secrets Manager rejects other content with
the same token."""


def service_file(host: str, port: str, database: str, secret: Mapping[str, Any]) -> str:
    """Returns libpq's connection service file, whose values are not quoted (PostgreSQL
    documentation, "The Connection Service File")."""
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
    """Returns the configuration of MLflow's basic authentication (MLflow documentation,
    "Authentication with Username and Password").

    Accounts may log to all experiments, as without authentication; only the
    administrator creates accounts.
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
    """Replaces a file atomically. Only its owner may read it."""
    target = Path(path)
    if target.exists() and target.read_text(encoding="utf-8") == text:
        return
    temporary = target.with_suffix(".new")
    with os.fdopen(
        os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    temporary.replace(target)


def read_secret(client: Any, arn: str) -> dict[str, Any]:
    """Returns a secret of the form that RDS writes: a JSON object with username and
    password."""
    secret: dict[str, Any] = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    return secret


def account(client: Any, arn: str, username: str) -> dict[str, Any]:
    """Returns the account in a secret. Writes one with a generated password to a secret
    without a version."""
    try:
        return read_secret(client, arn)
    except client.exceptions.ResourceNotFoundException:
        pass  # the secret exists without a version
    # Letters, digits, - and _: the file's parser interpolates %.
    generated = json.dumps({"username": username, "password": secrets.token_urlsafe(32)})
    with contextlib.suppress(client.exceptions.ResourceExistsException):  # another pod was first
        client.put_secret_value(
            SecretId=arn, SecretString=generated, ClientRequestToken=FIRST_VERSION
        )
    return read_secret(client, arn)


def ensure_account(
    administrator: Mapping[str, Any], client_account: Mapping[str, Any], server: str = SERVER
) -> bool:
    """Creates an account without administrator permissions, by MLflow's API. Returns
    whether it exists; false while MLflow starts."""
    login = base64.b64encode(
        f"{administrator['username']}:{administrator['password']}".encode()
    ).decode()
    request = urllib.request.Request(  # noqa: S310 (the pod itself)
        f"{server}/api/2.0/mlflow/users/create",
        data=json.dumps(
            {"username": client_account["username"], "password": client_account["password"]}
        ).encode(),
        headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310 (the pod itself)
            return True
    except urllib.error.HTTPError as error:
        message = error.read().decode(errors="replace")
        if "RESOURCE_ALREADY_EXISTS" in message:
            return True
        log.warning("account %s: %s %s", client_account["username"], error.code, message[:200])
    except OSError as error:
        log.info("account %s: MLflow does not respond yet (%s)", client_account["username"], error)
    return False


def serve(environment: Mapping[str, str], client: Any, rounds: int | None = None) -> None:
    """Runs the sidecar. `rounds` limits the refreshes, for tests; by default it does
    not end."""

    def refresh() -> None:
        secret = read_secret(client, environment["DATABASE_SECRET_ARN"])
        address = (
            environment["DATABASE_HOST"],
            environment["DATABASE_PORT"],
            environment["DATABASE_NAME"],
        )
        write(environment.get("SERVICE_FILE", SERVICE_FILE), service_file(*address, secret))

    administrator = account(client, environment["ADMINISTRATOR_SECRET_ARN"], ADMINISTRATOR)
    client_account = account(client, environment["CLIENT_SECRET_ARN"], CLIENT)
    refresh()
    # Last, as the pod's startup probe waits for this file.
    write(environment.get("ACCOUNTS_FILE", ACCOUNTS_FILE), accounts_file(administrator))
    exists, round_ = False, 0
    while rounds is None or round_ < rounds:
        round_ += 1
        exists = exists or ensure_account(
            administrator, client_account, environment.get("SERVER", SERVER)
        )
        time.sleep(float(environment.get("REFRESH_SECONDS", REFRESH_SECONDS)))
        try:
            refresh()
        except Exception as error:  # noqa: BLE001 (the current password mostly remains valid)
            log.warning("the password was not refreshed: %s: %s", type(error).__name__, error)


def migrate() -> None:
    """Migrates both schemas, of MLflow and of its accounts, to this version of MLflow.
    One pod at a time."""
    from mlflow.server.auth.db import utils as accounts  # type: ignore[import-not-found]
    from mlflow.store.db import utils as store  # type: ignore[import-not-found]

    engine = store.create_sqlalchemy_engine_with_retry(DATABASE_URI)
    with engine.connect() as lock:
        lock.exec_driver_sql(f"SELECT pg_advisory_lock({MIGRATION_LOCK})")
        # As the chart's own migration does; `mlflow db upgrade` requires existing
        # tables.
        store._initialize_tables(engine)
        accounts.migrate_if_needed(engine, "head")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    if sys.argv[1:] == ["migrate"]:
        migrate()
    else:
        import boto3  # type: ignore[import-untyped]

        serve(os.environ, boto3.client("secretsmanager"))
