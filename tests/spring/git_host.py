"""A Git host over HTTP that wants a user and a password."""

from __future__ import annotations

import base64
import subprocess
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

USER, PASSWORD = "reader", "of-the-git-host"


class _Handler(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        login = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if self.headers.get("Authorization") == f"Basic {login}":
            return super().do_GET()
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="git"')
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        pass


@contextmanager
def serve_repository(folder: Path, files: Mapping[str, str]) -> Generator[int]:
    """Serve a repository with these files as ``/config.git``, and yield the port."""
    source = folder / "source"
    source.mkdir()
    for name, content in files.items():
        (source / name).write_text(content, encoding="utf-8")
    author = ("-c", "user.name=tests", "-c", "user.email=tests@example.com")
    for command in (
        ("init", "--quiet", "--initial-branch=main"),
        ("add", "--all"),
        (*author, "commit", "--quiet", "--message=files"),
        ("clone", "--quiet", "--bare", ".", str(folder / "www" / "config.git")),
        ("--git-dir", str(folder / "www" / "config.git"), "update-server-info"),
    ):
        subprocess.run(["git", *command], cwd=source, check=True, capture_output=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder / "www")))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
