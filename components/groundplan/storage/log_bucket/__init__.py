"""LogBucket: a bucket for S3 server access logs."""
