"""The terminal reports: the tree of a manifest, and changes."""
