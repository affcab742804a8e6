"""Accessibility of an open page (A3)."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "rules": {"target-size": {"enabled": True}},  # axe leaves WCAG 2.2's out unless asked
}


def assert_accessible(page: Page) -> None:
    """Fail with axe's own report on the first breach of WCAG 2.2 AA."""
    results = Axe().run(page, options=OPTIONS)
    assert not results.violations_count, f"{page.url}\n{results.generate_report()}"
