"""A server on this machine alone, with or without ranges."""

import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mixerkit.datasets.download import Archive


class BlockIndex(ThreadingHTTPServer):
    """Serves ``files`` on this machine, as badly as it is told to, and writes down what was asked and sent."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.asked, self.sent = {}, [], 0
        self.ranges, self.skew, self.cut_at, self.reported = True, 0, None, True

    def put(self, name, body, size=None, top=""):
        self.files[f"/{name}"] = body
        return Archive(f"http://127.0.0.1:{self.server_port}/{name}", f"md5:{hashlib.md5(body).hexdigest()}", size, top)


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        index, asked = self.server, self.headers.get("Range")
        index.asked.append(asked)
        body = index.files.get(self.path.partition("?")[0])
        if body is None:
            return self.send_error(404)
        start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1]) if asked and index.ranges else 0
        if start and start >= len(body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(body)}")
            return self.end_headers()
        start += index.skew if start else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if index.reported:
            self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        rest = body[start : index.cut_at]
        index.sent += len(rest)
        self.wfile.write(rest)
        return None


@pytest.fixture
def index(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with BlockIndex() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
