"""Runs the `groundplan` command: `python -m groundplan.cli`."""

from groundplan.cli import main

if __name__ == "__main__":
    main(prog_name="groundplan")
