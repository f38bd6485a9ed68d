"""What every test has: a home of its own, one thread for torch, the same examples every time, and no way out to the
network.
"""

from __future__ import annotations

import functools
import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from streamlit.components.v2 import manifest_scanner
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

import app.figures  # noqa: F401  # what lessons may show
from app.server import identity
from app.store import Store

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported: tests run side by side
settings.register_profile("distillery", deadline=None, derandomize=True, max_examples=25, database=None)
settings.load_profile("distillery")  # of all property tests: no deadline, since machines may be busy
E2E = Path(__file__).parent / "e2e"
LONG = (
    *("test_lessons", "test_visit", "test_draw", "test_axe", "test_killed_worker", "test_runs", "test_own_images"),
    *("test_base_path", "test_screens", "test_torch_engine", "test_runner", "test_supervisor", "test_record"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything below tests/e2e as e2e; what takes long comes first, so that it does not begin at the end."""
    items.sort(key=lambda item: item.path.stem not in LONG)
    for item in items:
        if item.path.is_relative_to(E2E):
            item.add_marker(pytest.mark.e2e)


class BesideTheBrowser(LoadScopeScheduling):  # type: ignore[misc]
    """All processes but the last begin with the browser tests, which wait half of their time; it has what computes."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        has_browser = node is not self.nodes[-1]
        wanted = [scope for scope in self.workqueue if scope.startswith("tests/e2e/") == has_browser]
        if wanted:
            self.workqueue.move_to_end(wanted[0], last=False)
        super()._assign_work_unit(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Whole modules are dealt out, so that what one of them sets up is set up once."""
    config.option.loadscopereorder = False  # the order is ours
    return BesideTheBrowser(config, log)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DISTILLERY_HOME of this test's own, which does not exist yet."""
    home = tmp_path_factory.mktemp("distillery") / "home"
    monkeypatch.setenv("DISTILLERY_HOME", str(home))
    for name in ("DATABASE_URL", "DISTILLERY_HOME_BYTES"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def home(own_home: Path) -> Path:
    """The same, made already."""
    own_home.mkdir()
    return own_home


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """An empty store, and the key without which nobody would be recognised in it."""
    identity.make_key(home / "key")
    opened = Store()
    yield opened
    opened.close()


@pytest.fixture(autouse=True, scope="session")
def packages_read_once() -> Iterator[None]:
    """Every AppTest asks all installed packages for components, which takes longer than most pages."""
    patch = pytest.MonkeyPatch()
    scan = manifest_scanner.scan_component_manifests
    patch.setattr(manifest_scanner, "scan_component_manifests", functools.cache(scan))
    yield
    patch.undo()


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Every connection to anything but this machine fails loudly, with an error that no product code catches."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
    yield
    patch.undo()


def guarded(connect: Any) -> Any:
    """`connect` of a socket that only reaches this machine."""

    def only_here(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(str(address[0])):
            raise AssertionError(f"a test tried to reach {address[0]}")
        return connect(self, address)

    return only_here


def is_loopback(host: str) -> bool:
    """True for addresses of this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
