"""Registers settings and prints a digest of each manifest, for a process with a hash
seed of its own.

    echo '[{...}, {...}]' | PYTHONHASHSEED=1 python registered_digests.py
"""

import gc
import hashlib
import json
import sys

import accepted_settings
import registration
from groundplan.manifest import lazy_providers
from groundplan.manifest.model import Manifest
from groundplan.testing import deploy


def registered(sections: dict[str, object]) -> Manifest:
    """Returns what an environment registers."""
    return deploy(
        lambda: registration.register(accepted_settings.describe(sections)),
        project=accepted_settings.PROJECT,
        stack=accepted_settings.STACK,
        region=str(sections.get("region", "us-east-1")),
    ).manifest


if __name__ == "__main__":
    gc.set_threshold(100_000, 50, 50)  # as in a preview
    lazy_providers.install()
    texts = [registered(sections).to_json() for sections in json.load(sys.stdin)]
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    sys.stdout.write(json.dumps(digests))
