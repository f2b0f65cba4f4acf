"""The quality of data: rules as settings, checked before a version is published."""
