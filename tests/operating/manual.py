"""The operator's manual, carried out as it is written."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def commands(section: str) -> list[str]:
    """Return the blocks of commands in a section of docs/operating.md, in their order."""
    manual = (ROOT / "docs/operating.md").read_text()
    [text] = re.findall(rf"^## {section}$(.*?)(?=^## |\Z)", manual, re.MULTILINE | re.DOTALL)
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
