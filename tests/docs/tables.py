"""Tables and code blocks of the README and the pages of docs/."""

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEXT = "\n".join([README, *(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))])


def table(name):
    """Return the rows of the table between two comments, on whichever page it is, as lists of cells."""
    text = re.search(rf"<!-- {name} -->(.*?)<!-- /{name} -->", TEXT, re.DOTALL).group(1)
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def commands(text=TEXT):
    """Return every command in the shell blocks of a text, or of all pages, in their order, each once."""
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines() if line.strip()]
    return list(dict.fromkeys(part.strip() for line in lines for part in line.split("&&")))


def example(language, page="README.md"):
    """Return a page's only example in a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    return textwrap.dedent(found)
