"""The test kit: runs a program that registers resources, and asserts on the result.

    from groundplan.testing import deploy

    def test_the_bucket_is_versioned():
        plan = deploy(lambda: ArtifactBucket("artifacts"))
        versioning = plan.one("aws:s3/bucketVersioning:BucketVersioning")
        assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}

`deploy` returns after the program and all its outputs have been evaluated. Its result
is plain data, so that no assertion is inside an `apply` that never runs.

Provider SDKs that are imported after this module are loaded lazily
(`groundplan.manifest.lazy_providers`).
"""

from groundplan.manifest import lazy_providers
from groundplan.testing.deploy import Plan, deploy, policy

lazy_providers.install()

__all__ = ["Plan", "deploy", "policy"]
