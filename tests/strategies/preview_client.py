"""Stands in a new worker's place: has a fork of the server run the jobs, with this
process' environment, folder and error stream, and ends with its exit code. Where this
process is killed, the fork is too.

    python -I -S preview_client.py SOCKET JOBS.json
"""

import json
import os
import socket
import sys


def main(address: str, jobs_file: str) -> int:
    """Returns the exit code of the jobs."""
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(address)
        folder = os.getcwd()  # noqa: PTH109 (pathlib takes longer to import than all of this)
        request = json.dumps({"jobs": jobs_file, "folder": folder, "env": dict(os.environ)})
        socket.send_fds(server, [len(request.encode()).to_bytes(4, "big")], [2])
        server.sendall(request.encode())
        return int(server.recv(16) or b"1")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
