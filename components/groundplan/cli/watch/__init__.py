"""`groundplan preview --watch`: previews again when a file that the preview has read
changes."""
