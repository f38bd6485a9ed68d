"""A new key in place of one that is lost, made only if somebody asks for it: `python -m app.server.new_key`."""

from app.catalog import console, paths
from app.server.identity import make_key


def main() -> None:
    """Make it, unless there is one."""
    console.take_any_letter()
    path = paths.home() / "key"
    if path.exists():
        raise SystemExit(f"There is a key already: {path}. It stays.")
    paths.keep_private()
    make_key(path)
    print(f"A new key is in {path}. Whoever was here before is somebody new now.")


if __name__ == "__main__":
    main()
