"""Reports of a preview: terminal, Markdown, HTML, SARIF, JUnit, JSON. The only package
that knows all readers."""
