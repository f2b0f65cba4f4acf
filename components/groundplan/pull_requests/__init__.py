"""Comments on pull requests: the text of a preview, posted once and edited.

The text is written by the code of the pull request, which nobody has reviewed. It is
read as text, becomes inert, and is posted below a line that says so.
"""
