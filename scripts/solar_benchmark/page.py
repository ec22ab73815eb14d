"""Puts what was measured into the documentation: the parts between markers, and the picture."""

from pathlib import Path
import re

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "solar-benchmark.md"
PICTURE = ROOT / "docs" / "images" / "solar-day.svg"


def replace_section(page: str, name: str, text: str) -> str:
    """Return the page with the text between the markers of a section; ValueError when they are not there exactly once."""
    begin, end = f"<!-- {name}: written by scripts/bench-solar -->", f"<!-- /{name} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    replaced, count = pattern.subn(lambda _: f"{begin}\n\n{text}\n\n{end}", page)
    if count != 1:
        raise ValueError(f"{count} sections {name!r}")
    return replaced


def write(sections: dict[str, str], picture: str) -> None:
    """Write the documentation."""
    page = PAGE.read_text(encoding="utf-8")
    for name, text in sections.items():
        page = replace_section(page, name, text)
    PAGE.write_text(page, encoding="utf-8")
    PICTURE.write_text(picture, encoding="utf-8")
