"""The commands of `groundplan dataset`."""
