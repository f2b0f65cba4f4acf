"""Where Pulumi starts the library as a plugin."""

from groundplan.plugin import serve

if __name__ == "__main__":
    serve()
