"""Amazon S3: resource types."""

from groundplan.catalog.resource_type import (
    SETTING,
    DataStore,
    Level,
    Priced,
    ResourceType,
    Safeguard,
    Service,
    Unpriced,
)

BUCKET = ResourceType(
    ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2"),
    "bucket",
    cost=Priced("s3-bucket"),
    data=DataStore("all objects in it", deletes_contents_if="forceDestroy", needs_protection=True),
)

BUCKET_LIFECYCLE = ResourceType(
    (
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
    ),
    "bucket lifecycle configuration",
    cost=SETTING,
    summary=("rules=rules[*].id",),
)

TYPES = (
    ResourceType(
        ("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",),
        "account public access block",
        cost=Unpriced(),
    ),
    BUCKET,
    ResourceType(
        (
            "aws:s3/bucketAccelerateConfiguration:BucketAccelerateConfiguration",
            "aws:s3/bucketAccelerateConfigurationV2:BucketAccelerateConfigurationV2",
        ),
        "bucket accelerate configuration",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2"),
        "bucket acl",
        cost=SETTING,
    ),
    ResourceType(
        (
            "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
            "aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2",
        ),
        "bucket cors configuration",
        cost=SETTING,
        service=Service(
            "pages of other sites can't read its objects any more",
            level=Level.LOW,
            part=True,
            read_only=True,
        ),
    ),
    BUCKET_LIFECYCLE,
    ResourceType(
        ("aws:s3/bucketLogging:BucketLogging", "aws:s3/bucketLoggingV2:BucketLoggingV2"),
        "bucket logging",
        cost=SETTING,
        safeguard=Safeguard("access to the bucket is no longer logged", Level.LOW),
    ),
    ResourceType(
        ("aws:s3/bucketNotification:BucketNotification",),
        "bucket notification",
        cost=SETTING,
        service=Service(
            "what it started isn't started any more", level=Level.LOW, part=True, read_only=True
        ),
    ),
    ResourceType(
        ("aws:s3/bucketObject:BucketObject",),
        "bucket object",
        cost=SETTING,
        data=DataStore("its content", level=Level.MEDIUM),
    ),
    ResourceType(
        (
            "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
            "aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2",
        ),
        "bucket object lock configuration",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:s3/bucketObjectv2:BucketObjectv2",),
        "bucket objectv2",
        cost=SETTING,
        data=DataStore("its content", level=Level.MEDIUM),
    ),
    ResourceType(
        ("aws:s3/bucketOwnershipControls:BucketOwnershipControls",),
        "bucket ownership controls",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:s3/bucketPolicy:BucketPolicy",),
        "bucket policy",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",),
        "bucket public access block",
        cost=SETTING,
    ),
    ResourceType(
        ("aws:s3/bucketReplicationConfig:BucketReplicationConfig",),
        "bucket replication configuration",
        cost=Priced("s3-replication"),
        summary=("rules=rules[*].id",),
    ),
    ResourceType(
        (
            "aws:s3/bucketRequestPaymentConfiguration:BucketRequestPaymentConfiguration",
            "aws:s3/bucketRequestPaymentConfigurationV2:BucketRequestPaymentConfigurationV2",
        ),
        "bucket request payment configuration",
        cost=SETTING,
    ),
    ResourceType(
        (
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
        ),
        "bucket server side encryption configuration",
        cost=SETTING,
        summary=("rules[*].applyServerSideEncryptionByDefault.sseAlgorithm",),
    ),
    ResourceType(
        (
            "aws:s3/bucketVersioning:BucketVersioning",
            "aws:s3/bucketVersioningV2:BucketVersioningV2",
        ),
        "bucket versioning",
        cost=SETTING,
    ),
    ResourceType(
        (
            "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration",
            "aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2",
        ),
        "bucket website configuration",
        cost=SETTING,
        service=Service("nobody can read its pages any more", level=Level.MEDIUM, part=True),
    ),
    ResourceType(
        ("aws:s3/directoryBucket:DirectoryBucket",),
        "directory bucket",
        cost=Unpriced(),
        data=DataStore(
            "all objects in it", deletes_contents_if="forceDestroy", needs_protection=True
        ),
    ),
    ResourceType(
        ("aws:s3/vectorsVectorBucket:VectorsVectorBucket",),
        "vector bucket",
        cost=Unpriced(),
        aliases=("s3vectors.VectorBucket",),
        data=DataStore("all vectors in it", deletes_contents_if="forceDestroy"),
    ),
)
