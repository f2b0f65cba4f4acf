"""Storage: buckets, and the keys that encrypt them."""
