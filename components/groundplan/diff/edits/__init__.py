"""The edits of a pull request that cause its changes: lines of settings and programs,
with the old and the new text."""
