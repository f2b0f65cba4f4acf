"""Where the lock file of a stack is, which `groundplan.locks` reads and writes."""

import pathlib


def file_of(root: pathlib.Path, stack: str) -> pathlib.Path:
    """Returns the lock file of a stack, whether it exists or not.

    Not `Pulumi.<stack>.lock.yaml`, which Pulumi reads as the settings of the stack
    `<stack>.lock`.
    """
    return root / f"lock.{stack}.yaml"


def is_there(file: pathlib.Path) -> bool:
    """Returns whether there is a lock file. Opened, not only looked for: what a program
    reads is recorded, so that a later preview notices a new file."""
    try:
        file.open("rb").close()
    except FileNotFoundError:
        return False
    except OSError:  # there, and not to be read: for who reads it to say
        return True
    return True
