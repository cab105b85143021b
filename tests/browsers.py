"""A browser without a window, for pages that are files; where there is none, tests are skipped."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)

needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium found: set CHROMIUM to one"
)


@contextmanager
def browser() -> Iterator[Any]:
    """Open Chromium."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM)
        yield opened
        opened.close()
