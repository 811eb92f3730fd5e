"""What several tests use: scenarios made in a line, a browser."""

import os
import shutil
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import settings

from capacity.load import Specs, join_scenario, scenario_document, typed_settings
from capacity.load.input_file import InputFile
from capacity.resolve import Scenario

collect_ignore = ["analyses", "bench"]  # run by test_analyses; measurements, run by hand

# The same examples each time, so that a run tells of the change and not of its luck; others where more are tried.
settings.register_profile("quiet", deadline=None, print_blob=False, derandomize="CAPACITY_FUZZ" not in os.environ)
settings.load_profile("quiet")


def scenario_of(text: str, sets: Sequence[str] = (), **more: object) -> Scenario:
    """A built-in scenario by id with settings, or lots as in `h20 x 10 and h200-sxm x 5`."""
    if " x " not in text:
        document = scenario_document(text, Specs())
    else:
        lots = {}
        for index, part in enumerate(text.split(" and ")):
            chip, count = part.split(" x ")
            cited = {"source": "made-up", "grade": "D"}
            quantity = {"value": float(count), **cited} if count.isdigit() else {"says": count, **cited}
            lots[f"lot-{index}"] = {
                "chip": chip,
                "stage": "installed",
                "date": "2026-01-01",
                "count": quantity,
            }
        data = {
            "id": "made-up", "name": "A test", "as_of": "2026-01-01", "lots": lots, "counted": list(lots),
            "sources": {"made-up": {"title": "made up for a test", "kind": "judgement"}}, **more,
        }  # fmt: skip
        document = InputFile("test", data)
    return join_scenario(document, Specs()).having(typed_settings(sets), label="--set")


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal-less environment of a known width."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium without a window, and with a log of its console and of what it asks the network for."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not (program and driver):
        pytest.skip("no chromium with chromedriver on this machine")
    from selenium.webdriver import Chrome
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = program
    profile = tmp_path_factory.mktemp("profile")
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                 f"--user-data-dir={profile}"):  # fmt: skip
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = Chrome(options=options, service=Service(driver))
    yield found
    found.quit()
