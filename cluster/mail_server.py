"""`python -m cluster.mail_server FOLDER`: a mail server that keeps each mail as a file.

It takes its time, a second for each mail, as mail servers do that look into what they are given.
"""

import asyncio
import secrets
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

TAKES = 1.0  # seconds


class Keeper:
    """Keeps what comes in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a mail, then say so."""
        await asyncio.sleep(TAKES)
        content = bytes(envelope.original_content or b"")
        kept = self._folder / f"{secrets.token_hex(8)}.tmp"
        kept.write_bytes(content)
        kept.rename(kept.with_suffix(".eml"))
        return "250 OK"


async def main() -> None:
    """Serve until killed."""
    keeper = Keeper(Path(sys.argv[1]))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(keeper, data_size_limit=None),
        "0.0.0.0",  # noqa: S104 # of a namespace
        2525,
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
