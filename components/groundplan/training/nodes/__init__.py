"""Node pools: what they are, the rules that they keep, and the managed node groups that
start their instances."""
