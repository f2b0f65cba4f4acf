"""Where data lives: buckets and the keys that encrypt them."""
