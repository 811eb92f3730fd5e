"""The report in a real browser: it opens, answers clicks, asks the network for nothing, fits a phone."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    subprocess.run([sys.executable, "-m", "capacity", "report", "--out", str(path), "--quiet"], check=True)
    return path


def show(browser: Any, report: Path, width: int, dark: bool = False) -> None:
    """The report at a width, fresh, and with nothing in the logs yet."""
    for log in ("browser", "performance"):
        browser.get_log(log)
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
    urls = {p["request"]["url"] for p in sent if not p["documentURL"].startswith("chrome")}
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


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a pipeline of deals at three sites."""
    folder = tmp_path_factory.mktemp("pipeline")
    (folder / "deals.csv").write_text(
        "Deal,Customer,GPU model,Qty,Status,Signed,Go-live,Location,Country\n"
        "A-1,Humain,GB300,18000,on order,2025-05-13,Q4 2026,Riyadh 1,Saudi Arabia\n"
        "A-2,xAI,H100 SXM,100000,live,2024-10-28,,Memphis,US\n"
        "A-3,Mistral,B200,18000,LOI,2025-02-09,mid-2027,Paris A,France\n"
    )
    path = folder / "report.html"
    words = ["report", str(folder / "deals.csv"), "--out", str(path), "--quiet", "--draws", "1000"]
    subprocess.run([sys.executable, "-m", "capacity", *words], check=True)
    return path


def test_a_screen_reader_finds_headings_tables_and_pictures(browser: Any, pipeline: Path) -> None:
    """One h1, no level skipped; every table has heads with a scope, every picture words; nothing wider than a phone."""
    show(browser, pipeline, 390)
    levels = [int(h.tag_name[1]) for h in browser.find_elements("css selector", "h1, h2, h3, h4")]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    tables = browser.find_elements("css selector", "table")
    assert len(tables) >= 5
    for table in tables:
        assert table.find_elements("css selector", 'thead th[scope="col"]')
        assert table.find_elements("css selector", 'tbody th[scope="row"], tbody td')
    for svg in browser.find_elements("css selector", "main svg"):
        assert svg.get_attribute("role") == "img"
        assert len(svg.get_attribute("aria-label")) > 20
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    assert browser.get_log("browser") == []


def test_the_report_prints_on_a4_and_letter(browser: Any, pipeline: Path) -> None:
    """Some pages, numbered; what is cut off at the right would be missing from the text of the print."""
    import base64

    show(browser, pipeline, 1280)
    for width, tall in ((8.27, 11.69), (8.5, 11.0)):
        made = browser.execute_cdp_cmd("Page.printToPDF", {
            "paperWidth": width, "paperHeight": tall, "preferCSSPageSize": False, "printBackground": True})  # fmt: skip
        raw = base64.b64decode(made["data"])
        assert raw.startswith(b"%PDF")
        assert 2 <= raw.count(b"/Type /Page\n") + raw.count(b"/Type /Page ") + raw.count(b"/Type /Page/") <= 12
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 688, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    )  # A4 less its margins, in CSS pixels
    wide = browser.execute_script(
        "return [...document.querySelectorAll('table, svg')].filter(e => e.getBoundingClientRect().right > 689).length"
    )
    assert wide == 0
