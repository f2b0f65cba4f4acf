"""The test kit: run a program that registers resources, and assert on what it
registered.

    from groundplan.testing import deploy

    def test_the_bucket_is_versioned():
        plan = deploy(lambda: ArtifactBucket("artifacts"))
        versioning = plan.one("aws:s3/bucketVersioning:BucketVersioning", "artifacts-versioning")
        assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}

The program has run to its end, with all its outputs, before `deploy` returns, and what
it returns is plain data: an assertion can't hide in an `apply` that never runs.
"""

from groundplan.testing.deploy import Plan, deploy, policy

__all__ = ["Plan", "deploy", "policy"]
