"""What of a deployed environment idles, what is too small, and what that costs. Reads
AWS, Prometheus and OpenCost; writes nothing."""
