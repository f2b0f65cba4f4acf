"""The API of the cluster that this pod runs in, by its service account. The standard
library is enough for its calls."""

import json
import pathlib
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ACCOUNT = pathlib.Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where the kubelet mounts the token and the API server's certificate authority
(Kubernetes documentation, "Accessing the Kubernetes API from a Pod")."""
SERVER = "https://kubernetes.default.svc"
SECONDS = 30
CONFLICT, NOT_FOUND = 409, 404
MANAGER = "groundplan"
"""Who owns the fields that are changed (Kubernetes documentation, "Server-Side Apply",
"Field management")."""
MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True)
class Cluster:
    """A cluster's API."""

    server: str = SERVER
    account: pathlib.Path = ACCOUNT

    def create(self, path: str, manifest: Mapping[str, Any]) -> bool:
        """Creates an object in a collection. Returns whether it is new: one of that
        name may exist already."""
        try:
            self._call("POST", path, manifest)
        except urllib.error.HTTPError as error:
            if error.code == CONFLICT:
                return False
            raise
        return True

    def get(self, path: str) -> dict[str, Any] | None:
        """Returns an object, None if there is none."""
        try:
            return self._call("GET", path)
        except urllib.error.HTTPError as error:
            if error.code == NOT_FOUND:
                return None
            raise

    def patch(self, path: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Merges changes into an object (RFC 7386). With a `resourceVersion` the API
        server refuses them if the object is another one by now."""
        return self._call("PATCH", f"{path}?fieldManager={MANAGER}", changes, MERGE_PATCH)

    def delete(self, path: str) -> None:
        """Deletes an object and what it owns; one that is gone is no error."""
        try:
            self._call("DELETE", path, {"propagationPolicy": "Background"})
        except urllib.error.HTTPError as error:
            if error.code != NOT_FOUND:
                raise

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        # Read for each call: the kubelet renews the token.
        token = (self.account / "token").read_text(encoding="utf-8").strip()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": content_type}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 (the cluster's own server)
            f"{self.server}{path}", data, headers, method=method
        )
        authority = self.account / "ca.crt"
        context = ssl.create_default_context(cafile=authority) if authority.exists() else None
        with urllib.request.urlopen(request, timeout=SECONDS, context=context) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found
