"""A Helm chart of a pinned version, as plain data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Chart:
    """A Helm chart."""

    name: str
    version: str
    repository: str
    """Where Helm pulls it from: `https://...`, or the `oci://` registry folder that
    holds it."""
    digest: str = ""
    """Digest of the chart in an OCI registry, `sha256:...`, which Helm verifies; empty
    where none is known."""

    @property
    def reference(self) -> str:
        """What Helm installs: the name, or in an OCI registry the whole reference."""
        if not self.repository.startswith("oci://"):
            return self.name
        # Helm 3.18 or newer, which the Pulumi provider includes (pulumi-kubernetes,
        # provider/go.mod: 3.20.2).
        at_digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}/{self.name}{at_digest}"
