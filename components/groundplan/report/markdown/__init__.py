"""The Markdown report: a pull-request comment within a limit of characters."""
