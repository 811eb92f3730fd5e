"""The report in a real browser: it opens, answers clicks, asks the network for nothing, fits a phone."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (BROWSER and DRIVER), reason="no chromium with chromedriver on this machine")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    subprocess.run([sys.executable, "-m", "capacity", "report", "--out", str(path), "--quiet"], check=True)
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    from selenium.webdriver import Chrome
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = BROWSER or ""
    profile = tmp_path_factory.mktemp("profile")
    for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                 f"--user-data-dir={profile}"):  # fmt: skip
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = Chrome(options=options, service=Service(DRIVER))
    yield found
    found.quit()


def show(browser: Any, report: Path, width: int, dark: bool = False) -> None:
    """The report at a width, fresh."""
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 500})  # fmt: skip
    scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "screen", "features": scheme})
    browser.get(report.as_uri())


def picture(browser: Any, path: Path) -> bytes:
    """A screenshot of the whole page."""
    import base64

    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True})
    content = base64.b64decode(shot["data"])
    path.write_bytes(content)
    return content


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("dark", [False, True])
def test_the_report_opens_clicks_and_asks_for_nothing(
    browser: Any, report: Path, width: int, dark: bool, tmp_path: Path
) -> None:
    """Every section opens on a click, a footnote leads to its source, the console is silent, no request leaves."""
    show(browser, report, width, dark)
    for summary in browser.find_elements("css selector", "summary"):
        browser.execute_script("arguments[0].scrollIntoView({behavior: 'instant', block: 'center'})", summary)
        summary.click()
    closed = browser.find_elements("css selector", "details:not([open])")
    assert closed == []
    note = browser.find_element("css selector", "sup a")
    browser.execute_script("arguments[0].scrollIntoView({behavior: 'instant', block: 'center'})", note)
    note.click()
    assert "#source-" in browser.current_url
    assert len(picture(browser, tmp_path / "page.png")) > 20_000
    assert browser.get_log("browser") == []
    asked = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [m["params"] for m in asked if m["method"] == "Network.requestWillBeSent"]
    urls = {p["request"]["url"] for p in sent if not p["documentURL"].startswith("chrome:")}
    assert urls
    assert all(url.startswith(("file:", "data:")) for url in urls), urls


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(browser: Any, report: Path, width: int) -> None:
    """On a phone and on a desk the page does not scroll sideways, and no letter of a figure is under 8 pixels."""
    show(browser, report, width)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    sizes = browser.execute_script(
        "return [...document.querySelectorAll('figure svg text')].map(t => t.getBoundingClientRect().height)"
    )
    assert sizes
    assert min(sizes) >= (8 if width >= 390 else 6)


def test_a_reader_of_the_screen_is_served(browser: Any, report: Path) -> None:
    """One main heading, headings in order, every figure named in words with its numbers in a table, links by Tab."""
    show(browser, report, 1280)
    heads = browser.execute_script("return [...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    assert heads.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(heads))
    figures = browser.find_elements("css selector", "figure")
    assert len(figures) == 5
    for figure in figures:
        words = figure.find_element("css selector", "svg[role=img]").get_attribute("aria-label")
        assert any(unit in words for unit in ("MW", "FLOP/s", "in service"))
        assert figure.find_elements("css selector", "details table")
    from selenium.webdriver.common.keys import Keys

    browser.find_element("css selector", "body").send_keys(Keys.TAB)
    assert browser.execute_script("return document.activeElement.textContent") == "Skip to the numbers"
