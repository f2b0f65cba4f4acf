"""S3 URIs: `s3://bucket/key`."""

SCHEME = "s3://"


def split(uri: str) -> tuple[str, str]:
    """Returns the bucket and the key, or prefix, of a URI; an empty key without one."""
    bucket, _, key = uri.removeprefix(SCHEME).partition("/")
    return bucket, key
