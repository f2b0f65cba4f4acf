"""LustreFileSystem: an FSx for Lustre file system."""
