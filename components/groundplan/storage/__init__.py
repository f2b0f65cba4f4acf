"""Storage: buckets and the KMS keys that encrypt them."""
