"""A real nginx before the app, as a school has one: below a path that it keeps or strips, and where a frame stands."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.waiting import wait_for

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
HEADERS = "proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;"
UPGRADE = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"


ELSEWHERE = "user/anna/proxy/8501"  # a path of which the app knows nothing, which `strips` strips, too


@dataclass(frozen=True)
class Proxy:
    """Addresses of one app: keeps, strips: what the proxy does with the path; deaf: it lets no WebSocket through.
    secure: by https, below the path; course: a page of another site, by https, that shows `secure` in a frame.
    log: every path that was asked for.
    """

    keeps: str
    strips: str
    deaf: str
    secure: str
    course: str
    log: Path


@contextmanager
def proxying(folder: Path, app: str, base: str, course: int) -> Iterator[Proxy]:
    """nginx before the app at `app`, whose base path is `base`, until the block ends. Needs nginx and openssl. course:
    the port of the course page.
    """
    assert NGINX
    folder.mkdir()
    keeps, strips, deaf, secure = free_ports(4)
    certificate = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run(
        [*certificate, "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True, capture_output=True
    )
    tls = f"ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;"
    frame = f'<iframe src="https://127.0.0.1:{secure}{base}/progress" title="App" width="1000" height="700"></iframe>'
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(f"""
        daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
        events {{ }}
        http {{
          {temporary}
          log_format paths '$request_uri'; access_log {folder}/paths.log paths;
          server {{ listen 127.0.0.1:{keeps};
            location {base}/ {{ proxy_pass {app}; {HEADERS} {UPGRADE} }} }}
          server {{ listen 127.0.0.1:{strips};
            location {base}/ {{ proxy_pass {app}/; {HEADERS} {UPGRADE} }}
            location /{ELSEWHERE}/ {{ proxy_pass {app}/; {HEADERS} {UPGRADE} }} }}
          server {{ listen 127.0.0.1:{deaf};
            location {base}/ {{ proxy_pass {app}; {HEADERS} }} }}
          server {{ listen 127.0.0.1:{secure} ssl; {tls}
            location {base}/ {{ proxy_pass {app}; {HEADERS} {UPGRADE} }} }}
          server {{ listen 127.0.0.1:{course} ssl; {tls}
            location / {{ default_type text/html; return 200 '<!doctype html><title>Week 6</title>{frame}'; }} }}
        }}
        """)
    process = subprocess.Popen([NGINX, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")])
    addresses = (f"http://127.0.0.1:{keeps}", f"http://127.0.0.1:{strips}", f"http://127.0.0.1:{deaf}")
    try:
        wait_for(lambda: all(map(listens, (keeps, strips, deaf, secure, course))))
        yield Proxy(*addresses, f"https://127.0.0.1:{secure}", f"https://localhost:{course}", folder / "paths.log")
    finally:
        process.terminate()
        process.wait(20)


def free_ports(count: int) -> list[int]:
    """So many ports at which nothing listens."""
    with ExitStack() as open_sockets:
        probes = [open_sockets.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


def listens(port: int) -> bool:
    """Whether somebody takes connections at a port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
