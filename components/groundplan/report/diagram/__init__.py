"""The diagram of an environment, as SVG."""
