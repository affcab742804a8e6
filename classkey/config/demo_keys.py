"""The keys that a demo makes for itself on its first start (A6)."""

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet


def demo_keys(path: Path) -> Path:
    """Return `path`, a file of environment lines with this demo's keys.

    Made once, readable by its owner only (mode 0600), and kept: whoever loses it
    loses the codes. Made in one step, so that web and worker starting together
    never hold different keys.
    """
    if path.exists():
        return path
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = path.with_name(f"{path.name}.{os.getpid()}")
    lines = (
        f"CLASSKEY_SECRET_KEY={secrets.token_urlsafe(48)}\n"
        f"CLASSKEY_CODE_DIGEST_KEYS={secrets.token_urlsafe(48)}\n"
        f"CLASSKEY_CODE_CIPHER_KEYS={Fernet.generate_key().decode()}\n"
    )
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(lines)
    try:
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink()
    return path


def kept(path: Path) -> frozenset[str]:
    """Return the keys that a demo keeps in `path`; none where there never was a demo."""
    if not path.is_file():
        return frozenset()
    return frozenset(line.partition("=")[2] for line in path.read_text().splitlines())
