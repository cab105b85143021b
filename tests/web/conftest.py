"""Pages with fake worker processes, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.serving import FakePage, opened


@pytest.fixture(scope="module")
def shared_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakePage]:
    """A page for tests that change nothing, or only add to it."""
    with opened(tmp_path_factory.mktemp("page")) as page:
        yield page


@pytest.fixture
def fake_page(tmp_path: Path) -> Iterator[FakePage]:
    """A page with the usual limits."""
    with opened(tmp_path) as page:
        yield page
