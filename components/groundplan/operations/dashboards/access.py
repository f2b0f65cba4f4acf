"""A token for a workspace of Amazon Managed Grafana, valid for minutes and deleted
after its use.

The service account that it belongs to stays: AWS bills each account that was active in
a month as a user, so that an account for each push would be billed each time.
"""

import contextlib
import secrets
from collections.abc import Iterator
from typing import Any

NAME = "groundplan-dashboards"
"""Name of the service account."""

ROLE = "ADMIN"
"""Only administrators change data sources (Amazon Managed Grafana User Guide, "User
roles")."""

SECONDS = 900


@contextlib.contextmanager
def token(client: Any, workspace_id: str) -> Iterator[str]:
    """Yields a token. `client`: boto3's, of Amazon Managed Grafana."""
    account = _account(client, workspace_id)
    created = client.create_workspace_service_account_token(
        workspaceId=workspace_id,
        serviceAccountId=account,
        # Pushes at the same time have tokens of their own.
        name=f"push-{secrets.token_hex(8)}",
        secondsToLive=SECONDS,
    )["serviceAccountToken"]
    try:
        yield created["key"]
    finally:
        client.delete_workspace_service_account_token(
            workspaceId=workspace_id, serviceAccountId=account, tokenId=created["id"]
        )


def _account(client: Any, workspace_id: str) -> str:
    """Returns the ID of the service account, which is created the first time."""
    pages = client.get_paginator("list_workspace_service_accounts").paginate(
        workspaceId=workspace_id
    )
    for page in pages:
        for account in page["serviceAccounts"]:
            if account["name"] == NAME:
                return str(account["id"])
    created = client.create_workspace_service_account(
        workspaceId=workspace_id, name=NAME, grafanaRole=ROLE
    )
    return str(created["id"])
