"""What runs on this machine, where it is there: servers and tools of the field."""
