"""What jobs read and write: disks, Lustre file systems, folders of buckets."""
