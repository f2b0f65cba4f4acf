"""The timeline of a life, and its page."""
