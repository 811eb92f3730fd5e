"""The spec library: what ships keeps every rule, each rule can be broken, and the pages say what is there."""

import json
from pathlib import Path

import jsonschema
import pydantic
import pytest
import yaml

from capacity.basis import SheetFigure, basis_of, difference, ratio, total
from capacity.cli.schema import SchemaKind
from capacity.document.answer import write
from capacity.document.rows import dumps
from capacity.errors import InputError
from capacity.load import (
    KINDS,
    Specs,
    built_in_specs,
    find_part,
    join_scenario,
    load_chip,
    load_families,
    load_integrity,
    load_price,
    load_system,
    load_vendors,
    quantities,
    read_document,
    record_of,
    validate_file,
)  # fmt: skip
from capacity.load.input_file import InputFile
from capacity.load.names import family_members
from capacity.questions.list import counts, list_parts
from capacity.questions.show import show
from capacity.records.integrity import breaches
from capacity.records.system import System
from capacity.words.names import normalised

SHIPPED = sorted(
    p for kind in ("chips", "systems", "prices", "rules") for p in (built_in_specs() / kind).glob("*.yaml")
)
CHIPS = Specs().ids("chips")


# --- what ships ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_file_that_ships_is_valid(path: Path) -> None:
    """Each chip, system and rule passes `validate`: records, sources, ratios, bounds, exceptions."""
    assert validate_file(path, Specs()) == path.parent.name.removesuffix("s")


def test_the_counts_are_as_stated() -> None:
    """125 chips, of which 110 have figures, and 76 systems; no figure without grade and source."""
    parts = [load_chip(name) for name in CHIPS]
    found = counts(parts)
    assert (found["chips"], found["with_figures"], found["name_only"]) == (125, 110, 15)
    assert len(Specs().ids("systems")) == 76
    assert sum(found["grades"].values()) == sum(found["kinds"].values()) == found["numbers"]
    for chip in parts:
        for _, quantity in quantities(chip):
            assert quantity.grade in "ABCD"
            assert all(key in chip.sources for key in quantity.source)


def test_disputed_numbers_work_as_intervals() -> None:
    """The H20's power and the 910C's FP16 rate are intervals with the readings that disagree."""
    tdp, fp16 = load_chip("h20").tdp_w, load_chip("ascend-910c").dense_tflops["fp16"]
    assert tdp is not None
    assert (tdp.low, tdp.high, fp16.low, fp16.high) == (400, 550, 560, 800)
    assert {d.value for d in tdp.disputed} == {400, 500, 550}
    assert all(d.why for d in (*tdp.disputed, *fp16.disputed))


def test_china_only_and_chinese_parts_are_there() -> None:
    """The parts made for China and those made in China are all listed."""
    made_for = {"a800-sxm", "h800-sxm", "h20", "h20-3e", "l20", "rtx-pro-6000d", "rtx-4090d", "rtx-5090d"}
    assert made_for <= set(CHIPS)
    vendors = {load_chip(name).vendor for name in CHIPS}
    assert {"Huawei", "Cambricon", "Hygon", "Moore Threads", "MetaX", "Biren", "Baidu Kunlunxin"} <= vendors


# --- each rule broken once -------------------------------------------------------------------


def exception(rule: str, field: str, page: str) -> str:
    return f"exceptions: {{{rule}: {{why: it was cut, shown: {{dense_tflops.{field}: {page}}}}}}}"


CHIP = """\
id: test-chip
name: Test
vendor: Test
unit: package
dense_tflops:
  tf32: {value: 50, source: sheet, grade: A}
  bf16: {value: 100, source: sheet, grade: A}
  fp16: {value: 100, source: sheet, grade: A}
  fp8: {value: 200, source: sheet, grade: A}
  int8: {value: 200, source: sheet, grade: A}
sparse_tflops:
  fp8: {value: 400, source: sheet, grade: A}
memory_gb: {value: 80, source: sheet, grade: A}
memory_reported_mib: {value: 81559, source: sheet, grade: A}
memory_bandwidth_tb_s: {value: 3, source: sheet, grade: A}
link_gb_s: {value: 900, source: sheet, grade: A}
link_direction: both
tdp_w: {value: 700, source: sheet, grade: A}
dies: 1
die_mm2: {value: 800, source: sheet, grade: A}
sources:
  sheet: {title: A data sheet, kind: vendor datasheet, url: "https://example.org/a", published: 2024-01-01}
  recall: {title: What one recalls, kind: memory}
"""
BROKEN = {
    "the file's name": ("id: test-chip", "id: other", "1:1: id: the id 'other' is not the file's name (test-chip)"),
    "no source": ("tdp_w: {value: 700, source: sheet,", "tdp_w: {value: 700,", "tdp_w.source: source is missing"),
    "no grade": ("700, source: sheet, grade: A", "700, source: sheet", "tdp_w.grade: grade is missing"),
    "unknown source": ("700, source: sheet", "700, source: shet", "unknown source 'shet' (did you mean sheet?)"),
    "a bad address": ("https://example.org/a", "example.org/a", "sources.sheet.url: 'example.org/a'"),
    "a bad date": ("2024-01-01", "2024-02-30", "sources.sheet.published"),
    "from memory": ("700, source: sheet", "700, source: recall", "tdp_w.grade: grade A for a figure from memory (D)"),
    "said to be from memory": (
        "700, source: sheet, grade: A", "700, source: sheet, grade: B, kind: memory", "grade B for a figure from"),
    "8 over 16 bits": ("fp8: {value: 200", "fp8: {value: 220", "dense_tflops.fp8: is 2.2 times"),
    "sparse over dense": ("fp8: {value: 400", "fp8: {value: 200", "sparse_tflops.fp8: is 1 times dense_tflops"),
    "INT8 over FP8": ("int8: {value: 200", "int8: {value: 100", "dense_tflops.int8: is 0.5 times dense_tflops.fp8"),
    "BF16 under FP16": ("bf16: {value: 100", "bf16: {value: 90", "dense_tflops.bf16: is 0.9 times dense_tflops.fp16"),
    "TF32 over BF16": ("tf32: {value: 50", "tf32: {value: 100", "dense_tflops.tf32: is 1 times dense_tflops.bf16"),
    "a needless exception": (
        "dies: 1", f"dies: 1\n{exception('int8-over-fp8', 'int8', 'sheet')}", "the exception is not needed"),
    "an unknown exception": (
        "dies: 1", f"dies: 1\n{exception('int9-over-fp8', 'int8', 'sheet')}", "unknown exception 'int9"),
    "a value that is not the source's": (
        "700, source: sheet, grade: A", "700, source: sheet, grade: A, read: {sheet: 650}", "650 is not 700 (within"),
    "read at a source unknown": (
        "700, source: sheet, grade: A", "700, source: sheet, grade: A, read: {shet: 700}", "tdp_w.read.shet: unknown"),
    "a formula that gives another value": (
        "value: 400, source", "value: 400, derived: dense_tflops.fp8 * 3, source", "fp8 * 3 is 600, not 400 (within"),
    "a formula with a figure that is not there": (
        "value: 400, source", "value: 400, derived: dense_tflops.fp4 * 2, source", "'dense_tflops.fp4' is no figure"),
    "a formula that is none": ("value: 400, source", "value: 400, derived: 2 times, source", "'2 times' is not"),
    "a formula over nought": ("value: 400, source", "value: 400, derived: 4 / 0, source", "'4 / 0' is not arithmetic"),
    "power": ("value: 700", "value: 70000", "tdp_w: 7e+04 is not possible"),
    "memory": ("memory_gb: {value: 80,", "memory_gb: {value: 8000,", "memory_gb: 8000 is not possible"),
    "bandwidth in GB/s": ("tb_s: {value: 3,", "tb_s: {value: 3350,", "memory_bandwidth_tb_s: 3350 is not possible"),
    "link": ("link_gb_s: {value: 900", "link_gb_s: {value: 90000", "link_gb_s: 9e+04 is not possible"),
    "more memory than labelled": ("81559", "97871", "memory_reported_mib: 1223 per memory_gb is not possible"),
    "a die over the field": ("die_mm2: {value: 800", "die_mm2: {value: 900", "die_mm2: 900 per dies is not possible"),
    "rates in GFLOP/s": ("fp16: {value: 100", "fp16: {value: 100000", "dense_tflops.fp16: 142.9 per tdp_w is"),
    "link without direction": ("link_direction: both\n", "", "link_gb_s without link_direction"),
    "a name with figures": ("dies: 1", "dies: 1\nname_only: true", "name_only, but there is"),
    "a system that is not there": ("dies: 1", "dies: 1\nsystem: hgx-h21", "unknown system 'hgx-h21' (did you mean"),
    "a unit unknown": ("unit: package", "unit: socket", "unit: 'socket'"),
}  # fmt: skip


def faults_of(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.yaml"
    path.write_text(text)
    try:
        validate_file(path, Specs())
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", BROKEN)
def test_each_rule_of_integrity_can_be_broken(name: str, tmp_path: Path) -> None:
    """A sound sheet passes; spoiled in one way, `validate` names the figure, the fault and the remedy."""
    old, new, expected = BROKEN[name]
    assert old in CHIP
    assert faults_of(tmp_path, "test-chip", CHIP) == ""
    assert expected in faults_of(tmp_path, "test-chip", CHIP.replace(old, new, 1))


CUT = CHIP.replace("int8: {value: 200", "int8: {value: 10")
ALLOWED = """\
exceptions:
  int8-over-fp8: {why: INT8 was cut, shown: {dense_tflops.int8: sheet}}
  8bit-over-16bit: {why: INT8 was cut, shown: {dense_tflops.int8: sheet}}
"""


def test_an_exception_that_shows_the_page_of_the_ratio_is_accepted(tmp_path: Path) -> None:
    """A ratio that the architecture does not have passes once the file says why and who prints both figures."""
    assert faults_of(tmp_path, "test-chip", CUT + ALLOWED) == ""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # The page is of FP8 and shows nothing of INT8: INT8 is still at fault.
        ("shown: {dense_tflops.int8: sheet}", "shown: {dense_tflops.fp8: sheet}", "dense_tflops.int8: is 0.05 times"),
        # A page that neither figure cites, one that only INT8 cites, and one that nobody can open.
        ("int8: sheet}}\n  8bit", "int8: other}}\n  8bit", "'other' is cited neither by dense_tflops.int8 nor by"),
        (
            "int8: {value: 10, source: sheet", "int8: {value: 10, source: other",
            "sheet do not hold both dense_tflops.int8 and what it is held against",
        ),
        ("int8: sheet}}\n  8bit", "int8: recall}}\n  8bit", "'recall' is no source with an address"),
    ],
)  # fmt: skip
def test_an_exception_without_the_page_of_both_figures_is_refused(
    old: str, new: str, expected: str, tmp_path: Path
) -> None:
    """What silenced the mixed rates of the Ascend 950 in 2026: a reason alone does not lift a rule."""
    other = '  other: {title: Another page, kind: vendor datasheet, url: "https://example.org/b"}\n'
    text = CUT + other + ALLOWED
    assert faults_of(tmp_path, "test-chip", text) == ""
    assert old in text
    assert expected in faults_of(tmp_path, "test-chip", text.replace(old, new, 1))


def test_a_reading_that_differs_passes_where_a_dispute_explains_it(tmp_path: Path) -> None:
    """650 W read beside 700 W is a fault, and none once a dispute cites the page."""
    text = CHIP.replace(
        "tdp_w: {value: 700, source: sheet, grade: A}",
        "tdp_w: {value: 700, source: sheet, grade: A, read: {sheet: 650}, disputed: "
        "[{value: 650, source: sheet, why: of another board}]}",
    )
    assert text != CHIP
    assert faults_of(tmp_path, "test-chip", text) == ""


def test_memory_in_sram_has_bounds_of_its_own(tmp_path: Path) -> None:
    """A wafer with 44 GB at 21,000 TB/s and 23 kW passes as SRAM, and as no other memory."""
    wafer = """\
id: wafer
name: Wafer
vendor: Test
unit: wafer
memory_type: SRAM
memory_gb: {value: 44, source: sheet, grade: C}
memory_bandwidth_tb_s: {value: 21000, source: sheet, grade: C}
tdp_w: {value: 23000, source: sheet, grade: C}
sources: {sheet: {title: A page, kind: secondary report}}
"""
    assert faults_of(tmp_path, "wafer", wafer) == ""
    assert "2.1e+04 is not possible" in faults_of(tmp_path, "wafer", wafer.replace("SRAM", "HBM3"))


def test_what_the_sources_print_is_kept_and_met() -> None:
    """The readings of vendor code, data sheets and data sets meet the values, or a dispute says why not."""
    readings = [(c.id, q, key) for c in map(load_chip, CHIPS) for q in c.figures().values() for key in q.read]
    assert len(readings) > 900
    for _, quantity, key in readings:
        assert key in quantity.source
    prints = {
        ("h100-sxm", "dense_tflops.bf16", "nv-trtllm"): 989,
        ("mi300x", "dense_tflops.fp8", "rocm-mi300"): 2614.9,
        ("ascend-910b-313", "dense_tflops.fp16", "hw-msm"): 313,
        ("trainium2", "dense_tflops.fp8", "neuron"): 1299,
        ("b300", "sparse_tflops.int8", "nv-ultra-ds"): 307,
    }
    for (chip, field, key), value in prints.items():
        quantity = load_chip(chip).sheet(field)
        assert quantity is not None
        assert quantity.read[key] == value


def test_half_of_the_numbers_rest_on_a_primary_document() -> None:
    """A document of the maker, an operator or a regulator, with an address; grade A never without address."""
    found = counts([load_chip(name) for name in CHIPS])
    assert found["primary"] > found["numbers"] / 2
    for chip in map(load_chip, CHIPS):
        for field, quantity in chip.figures().items():
            if quantity.grade == "A":
                assert any(chip.sources[key].url for key in quantity.source), (chip.id, field)


def test_the_ascend_950_is_rated_by_its_matrix_engines() -> None:
    """Cube alone: 486, 973 and 1,946 of 36 cubes; with Vector 547, 1,034 and 2,007, which are disputes."""
    rates = load_chip("ascend-950dt").dense_tflops
    for precision, cube, both in (("bf16", 486, 547), ("fp8", 973, 1034), ("fp4", 1946, 2007)):
        found = rates[precision]  # type: ignore[index]
        assert found.value == cube
        assert both in {dispute.value for dispute in found.disputed}
    assert not load_chip("ascend-950dt").exceptions


def test_the_name_of_a_family_is_answered_with_its_members() -> None:
    """`Blackwell` and `昇腾` are no chips: the answer lists those that they may mean, all of which exist."""
    for family in load_families().values():
        assert set(family.members) <= set(CHIPS)
    with pytest.raises(InputError, match=r"'Blackwell' is a family of 10 chips \(one of: b200, gb200, b300, gb300"):
        find_part(("chips",), "Blackwell", Specs(), "show")
    assert family_members("昇腾", Specs())[:2] == ("ascend-910b-280", "ascend-910b-313")
    assert find_part(("chips",), "TPU v7x", Specs(), "show") == ("chips", "tpu-v7")
    assert family_members("Blackwall", Specs()) == ()


def test_rounding_within_three_per_cent_is_no_fault(tmp_path: Path) -> None:
    """1.95 times BF16 is twice, rounded; 1.93 is not."""
    assert faults_of(tmp_path, "test-chip", CHIP.replace("int8: {value: 200", "int8: {value: 195")) == ""
    assert faults_of(tmp_path, "test-chip", CHIP.replace("int8: {value: 200", "int8: {value: 193")) != ""


def test_the_known_exceptions_are_listed_with_their_reasons() -> None:
    """TPU v6e, Gaudi 3, Trainium, Blackwell Ultra and Rubin miss ratios and say why; taken away, each is a fault."""
    table = load_integrity()
    for name in ("tpu-v6e", "gaudi3", "trainium1", "trainium2", "trainium3", "b300", "gb300", "rubin"):
        chip = load_chip(name)
        assert chip.exceptions
        assert not list(breaches(chip, table))
        bare = chip.model_copy(update={"exceptions": {}})
        assert list(breaches(bare, table))


SYSTEM = """\
id: test-box
name: Eight H20
chip: h20
chips: 8
unit: server
rated_kw: {value: 5, source: sheet, grade: B}
sources:
  sheet: {title: A data sheet, kind: vendor datasheet}
"""


def test_a_system_is_rated_for_its_chips_or_says_why_not(tmp_path: Path) -> None:
    """Eight H20 of 475 W in the middle are 3.8 kW: 3.5 kW is a fault, unless the file gives a reason."""
    assert faults_of(tmp_path, "test-box", SYSTEM) == ""
    low = SYSTEM.replace("value: 5", "value: 3.5")
    assert "rated_kw: 3.5 kW is under its chips' 3.8 kW" in faults_of(tmp_path, "test-box", low)
    reason = "exceptions: {rated-under-chips: power is capped}\n"
    assert faults_of(tmp_path, "test-box", low + reason) == ""
    assert "the exception is not needed" in faults_of(tmp_path, "test-box", SYSTEM + reason)
    assert "unknown exception 'so'" in faults_of(tmp_path, "test-box", SYSTEM + "exceptions: {so: so}\n")
    assert "unknown chip 'h21'" in faults_of(tmp_path, "test-box", SYSTEM.replace("chip: h20", "chip: h21"))


SYSTEMS = [load_system(name) for name in Specs().ids("systems")]
SHARED = {
    "nvl72": {"gb200-nvl72", "gb300-nvl72"},
    "trn3ultraserver": {"trn3-ultraserver-gen1", "trn3-ultraserver-gen2"},
}


def test_systems_name_chips_that_are_there() -> None:
    """Each system's chip, and each chip's system, is a part that ships."""
    for system in SYSTEMS:
        assert system.chip in CHIPS


def test_a_name_of_a_system_is_its_own() -> None:
    """No two systems bear one name, but for the two that people leave open, and none bears a chip's."""
    makers = [name for vendor in load_vendors().values() for name in vendor.names]
    bearers: dict[str, set[str]] = {}
    for system in SYSTEMS:
        for name in (system.id, system.name, *system.aliases):
            bearers.setdefault(normalised(name, makers), set()).add(system.id)
    assert {name: ids for name, ids in bearers.items() if len(ids) > 1} == SHARED
    for chip in map(load_chip, CHIPS):
        assert not bearers.keys() & {normalised(name, makers) for name in (chip.id, chip.name, *chip.aliases)}, chip.id


@pytest.mark.parametrize("system", [s for s in SYSTEMS if s.rated_kw and load_chip(s.chip).tdp_w], ids=lambda s: s.id)
def test_what_stands_beside_the_chips_is_what_the_rating_leaves(system: System) -> None:
    """A rating less its chips' TDP lies among the watts that the file gives to what stands beside them."""
    tdp, other, rated = load_chip(system.chip).tdp_w, system.assumptions["server_other_w"], system.rated_kw
    assert tdp is not None
    assert rated is not None
    low, high = ((tdp.low or tdp.middle) + (other.low or other.middle), (tdp.high or tdp.middle) + (other.high or 0.0))
    assert low <= 1000 * rated.middle / system.chips <= high


@pytest.mark.parametrize(
    ("name", "watts"),
    [
        ("ex235a-blade", (2754 - 4 * 560) / 4),  # HPE's node controller: limits of node and GPU
        ("dgx-1-v100", (3500 - 8 * 300) / 8),
        ("dgx-2", (10_000 - 16 * 300) / 16),
        ("dgx-h100", (10_200 - 8 * 700) / 8),
        ("hgx-b200", (11_876 - 8 * 1000) / 8),  # highest of MLPerf's readings: what was drawn, so below the rating
        ("a100-pcie-8", (2589.3 - 8 * 240) / 8),  # measured in a lean host beside cards at their cap
        ("h100-pcie-8", (3314.7 - 8 * 300) / 8),
    ],
)
def test_watts_beside_a_chip_hold_what_was_published(name: str, watts: float) -> None:
    """Published ratings and measured servers, less their chips, lie in the interval of the system."""
    other = load_system(name).assumptions["server_other_w"]
    assert other.low is not None
    assert other.high is not None
    assert other.low <= watts <= other.high


def test_every_chip_that_is_sold_in_a_described_server_has_its_own_watts() -> None:
    """A system that a chip is usually sold in states the watts beside it, or is cooled as a profile describes."""
    for chip in map(load_chip, CHIPS):
        if chip.system and chip.tdp_w:
            assert "server_other_w" in load_system(chip.system).assumptions, chip.id


# --- prices ----------------------------------------------------------------------------------


def test_prices_are_dated_and_a_longer_term_costs_no_more() -> None:
    """25 chips and more have a price; each price rests on dated sources; of one list, a longer term is no dearer."""
    prices = [load_price(name) for name in Specs().ids("prices")]
    assert sum(bool(price.usd) for price in prices) >= 25
    for price in prices:
        for _, quantity in quantities(price):
            assert all(price.sources[key].published for key in quantity.source), price.id
        lists: dict[object, list[tuple[float, float]]] = {}
        for rent in price.rents:
            maker = (rent.usd_hour.note or "").partition("'s list")[0]
            lists.setdefault((rent.date, rent.usd_hour.source, maker), []).append(
                (rent.term_years, rent.usd_hour.middle)
            )
        for terms in lists.values():
            rates = [rate for _, rate in sorted(terms)]
            assert rates == sorted(rates, reverse=True), price.id


PRICE = """\
id: h20
usd:
  china: {value: 12000, source: shop, grade: C}
rents:
  - {term_years: 7, date: 2026-01, usd_hour: {value: 1.5, source: shop, grade: C}}
sources:
  shop: {title: A shop, kind: secondary report}
"""


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("h20", PRICE, ""),
        ("h20", "id: h20\nusd: {}\n", "neither usd nor rents (one of the two)"),
        ("h20", PRICE.replace("term_years: 7", "term_years: -1"), "rents.0.term_years"),
        ("h20", PRICE.replace("date: 2026-01", "date: 2026-13"), "rents.0.date"),
        ("h20", PRICE.replace("{value: 1.5, source: shop", "{value: 1.5, source: shp"), "unknown source 'shp'"),
        ("h21", PRICE.replace("id: h20", "id: h21"), "id: unknown chip 'h21'"),
    ],
)
def test_a_price_is_of_a_chip_and_says_something(name: str, text: str, expected: str, tmp_path: Path) -> None:
    """A price without a price, of no chip, or with a term or date that there is not, is refused in a sentence."""
    found = faults_of(tmp_path, name, text)
    assert (expected in found) if expected else found == ""


def test_a_chip_that_is_only_rented_has_no_price_to_buy() -> None:
    """What a chip rents for is never taken for what it costs."""
    assert load_price("l40s").rents
    lot = {"chip": "l40s", "stage": "installed", "date": "2026-01-01",
           "count": {"value": 10.0, "source": "told", "grade": "D"}}  # fmt: skip
    data = {"id": "case", "name": "Ten", "as_of": "2026-01-01", "counted": ["it"], "lots": {"it": lot},
            "sources": {"told": {"title": "Told", "kind": "user"}}}  # fmt: skip
    scenario = join_scenario(InputFile("case", data), Specs())
    assert scenario.price(scenario.cells[0]) is None


# --- the basis of a figure -------------------------------------------------------------------


def figure(chip: str, field: str) -> SheetFigure:
    found = load_chip(chip).stated(field)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        (("h200-sxm", "dense_tflops.fp8"), ("h200-sxm", "sparse_tflops.fp8"), "dense is not sparse"),
        (("h200-sxm", "dense_tflops.fp64"), ("h200-sxm", "vector_tflops.fp64"), "matrix is not vector"),
        (("h200-sxm", "dense_tflops.fp8"), ("h20", "dense_tflops.bf16"), "fp8 is not bf16"),
        (("h100-pcie", "tdp_w"), ("h100-sxm", "tdp_w"), "one card is not one package"),
        (("gh200-96", "memory_gb"), ("h20", "memory_gb"), "one superchip is not one package"),
        (("h20", "memory_gb"), ("h20", "memory_reported_mib"), "as labelled is not as reported"),
        (("h20", "memory_gb"), ("h20", "tdp_w"), "memory is not rated power"),
    ],
)
def test_unlike_bases_are_neither_compared_nor_added(a: tuple[str, str], b: tuple[str, str], why: str) -> None:
    """Figures of unlike bases raise an error whose sentence says in what they differ."""
    pair = figure(*a), figure(*b)
    for operation in (lambda: ratio(*pair), lambda: total(pair)):
        with pytest.raises(InputError) as caught:
            operation()
        assert why in str(caught.value)


def test_a_link_one_way_is_not_a_link_both_ways() -> None:
    """The direction of a link rate is part of its basis."""
    found = difference(basis_of("link_gb_s", "card", "both"), basis_of("link_gb_s", "card", "one way"))
    assert found == "both directions is not one way"


def test_like_bases_are_compared_and_added() -> None:
    """H200 over H20 is 6.69 in FP8 and 1.2 in bandwidth; two of 700 W are 1,400 W."""
    assert ratio(figure("h200-sxm", "dense_tflops.fp8"), figure("h20", "dense_tflops.fp8")) == pytest.approx(
        (6.6858, 6.6858), abs=1e-4
    )
    assert total([figure("h200-sxm", "tdp_w")] * 2) == 1400
    with pytest.raises(InputError, match="percentiles do not add"):
        total([figure("h20", "tdp_w")] * 2)


def test_the_ratio_of_two_intervals_is_narrower_than_their_ends() -> None:
    """400 to 550 over itself, independently: exp(sqrt(2) x half of ln(550/400)) = 1.2525 each way."""
    low, high = ratio(figure("h20", "tdp_w"), figure("h20-3e", "tdp_w"))
    assert (low, high) == pytest.approx((1 / 1.2525, 1.2525), rel=1e-4)


# --- lists and pages -------------------------------------------------------------------------


def listed(**pick: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(write(list_parts("chips", **pick), "json"))  # type: ignore[arg-type]
    return found


def test_the_list_gives_source_grade_and_basis_of_every_number() -> None:
    """In JSON each figure has ends, grade, basis and sources that are written out beside it."""
    data = listed()
    assert data["counts"]["chips"] == len(data["chips"]) == 125  # type: ignore[index,arg-type]
    for chip in data["chips"]:  # type: ignore[attr-defined]
        for found in chip["figures"].values():
            assert found["grade"] in "ABCD"
            assert found["low"] <= found["high"]
            assert found["basis"]
            assert found["of"] == chip["unit"]
            assert found["source"]
            assert all(chip["sources"][key]["title"] for key in found["source"])


def test_the_list_is_picked_and_sorted() -> None:
    """By maker (in any of its names), by market, and with the most first; parts without the figure last."""
    assert {c["vendor"] for c in listed(vendor="华为")["chips"]} == {"Huawei"}  # type: ignore[attr-defined]
    china = listed(market="china", sort="bf16")["chips"]
    assert all(c["market"] != "world" for c in china)  # type: ignore[attr-defined]
    rates = [c["figures"].get("dense_tflops.bf16") for c in china]  # type: ignore[attr-defined]
    known = [(r["low"] + r["high"]) / 2 for r in rates if r]
    assert known == sorted(known, reverse=True)
    assert rates[: len(known)] == [r for r in rates if r]
    assert listed(sort="tpp")["chips"][0]["id"] == "mi455x"  # type: ignore[index]
    with pytest.raises(InputError, match=r"unknown vendor 'Nvidya' \(did you mean NVIDIA"):
        listed(vendor="Nvidya")


def test_the_table_ends_with_the_counts() -> None:
    """Below the table stands how many parts have figures and on what grades the numbers rest."""
    text = write(list_parts("chips"), "table", 100)
    assert "125 chips: 110 with figures, 15 known by name only." in text.splitlines()
    assert "% rest on a document of the maker, an operator or a regulator." in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 100


def test_roughly_six_times_can_be_read_off() -> None:
    """H200 over H20: 6.7 in every dense tensor rate and TPP, 1.2 in bandwidth, 1.47 in memory, 6.0 in nothing."""
    data = json.loads(write(show(["H200", "h20"]), "json", 100))
    rows = {row["figure"]: row["ratio"] for row in data["rows"]}
    dense = {k: r for k, r in rows.items() if r and (k.startswith("dense") or k == "tpp")}
    assert set(dense) == {f"dense_tflops.{p}" for p in ("tf32", "bf16", "fp16", "fp8", "int8")} | {"tpp"}
    for found in dense.values():
        assert found["low"] == found["high"] == pytest.approx(6.685, abs=0.005)
    assert rows["memory_bandwidth_tb_s"]["low"] == pytest.approx(1.2)
    assert round(rows["memory_gb"]["low"], 2) == 1.47
    assert not any(r and r["low"] <= 6.0 <= r["high"] for r in rows.values())
    why = {row["figure"]: row["why_not"] for row in data["rows"]}
    assert why["sparse_tflops.fp8"] == "h20 has none"


@pytest.mark.parametrize("width", [60, 80, 100])
def test_side_by_side_fits_and_says_why_there_is_no_ratio(width: int) -> None:
    """A card beside a package has no ratios, and a sentence says so at any width."""
    text = write(show(["h100-pcie", "h200-sxm"], rules=True), "table", width)
    assert max(map(len, text.splitlines())) <= width
    assert "one card is not one package" in " ".join(text.split())


def test_a_chips_page_gives_its_exceptions() -> None:
    """The reason for which a sheet misses a ratio stands on its page."""
    text = " ".join(write(show(["b300"]), "table", 80).split())
    assert "Exception to int8-over-fp8: INT8 was cut on Blackwell Ultra." in text


def test_the_rules_page_gives_class_date_and_reason() -> None:
    """`show h20 --rules` names each rule, since when, the class, and the figure that puts it there."""
    text = " ".join(write(show(["h20"], rules=True), "table", 100).split())
    for words in (
        "TPP 2,368 B; performance density 2.91 C; DRAM 4,000 GB/s A; link 900 GB/s A",
        "2022-10-21 to 2023-11-17 us-2022-10: not caught - because TPP 2,368 is not >= 4,800",
        "from 2025-04-09 us-2025-04-letters: licence by letter",
        "because DRAM 4,000 GB/s is >= 1,400",
        "TF32 is left out",
    ):
        assert words in text, words


def test_a_rules_own_page_gives_thresholds_limits_and_citation() -> None:
    """`show RULE-ID` prints the conditions in words, the volume cap, the citation and the address."""
    text = " ".join(write(show(["us-2026-01-review"]), "table", 100).split())
    for words in ("91 FR 1684", "TPP < 21,000 and DRAM < 6,500 GB/s", "at most 0.5 (grade B)", "govinfo.gov"):
        assert words in text, words


@pytest.mark.parametrize("id_", ["h20", "ascend-910c", "dgx-h200", "us-2023-10"])
def test_a_page_fits_the_terminal(id_: str) -> None:
    """No line of a page is wider than asked for, addresses of sources apart."""
    text = write(show([id_]), "table", 80)
    assert max(len(line) for line in text.splitlines() if "http" not in line) <= 80


def test_show_says_what_it_cannot() -> None:
    """Three parts at once, or a system beside a chip, are refused in a sentence."""
    with pytest.raises(InputError, match="3 parts at once"):
        write(show(["h20", "h200-sxm", "b200"]), "table", 80)
    with pytest.raises(InputError, match="dgx-h200 is a system"):
        write(show(["h20", "dgx h200"]), "table", 80)


# --- schemas for editors ---------------------------------------------------------------------


SCHEMAS = sorted(path.stem for path in (built_in_specs() / "schema").glob("*.json"))


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_schema_that_ships_is_current(kind: str) -> None:
    """The committed file is what `capacity schema KIND` prints today."""
    if tuple(map(int, pydantic.VERSION.split(".")[:2])) < (2, 12):
        pytest.skip(f"pydantic {pydantic.VERSION} words schemas in another way than the one they were written by")
    path = built_in_specs() / "schema" / f"{kind}.json"
    assert path.read_text() == dumps(record_of(kind).model_json_schema()), f"capacity schema {kind} --out {path}"


def test_every_kind_has_a_schema_command() -> None:
    """`capacity schema` offers the kinds that `validate` reads."""
    assert {kind.value for kind in SchemaKind} == set(KINDS)


@pytest.mark.parametrize("kind", SCHEMAS)
def test_editors_find_no_fault_in_what_ships(kind: str) -> None:
    """Every file that ships names its schema in the first line, and is valid by it; a misspelt key is not."""
    root = built_in_specs()
    schema = json.loads((root / "schema" / f"{kind}.json").read_text())
    checker = jsonschema.Draft202012Validator(schema)
    single = root / f"{kind}.yaml"
    paths = [single] if single.is_file() else sorted((root / f"{kind}s").glob("*.yaml"))
    assert paths
    for path in paths:
        first = path.read_text().splitlines()[0]
        named = first.removeprefix("# yaml-language-server: $schema=")
        assert (path.parent / named).resolve() == root / "schema" / f"{kind}.json"
        data = read_document(path).data
        assert [error.message for error in checker.iter_errors(data)] == [], path
        assert list(checker.iter_errors({**data, "nmae": "x"}))


def test_plain_yaml_reads_the_files_too() -> None:
    """The files are YAML that any reader takes, not only ours."""
    for path in SHIPPED:
        assert yaml.safe_load(path.read_text())["id"] == path.stem


@pytest.mark.parametrize("kind", ["chips", "grids", "rules", "scenarios", "comparators", "models", "sites", "sources"])
def test_a_narrow_list_names_the_columns_that_it_leaves_out(kind: str) -> None:
    """What a list at 80 columns lacks is named in a line, with the way to see it; a wide one lacks nothing."""

    def listed(width: int) -> str:
        return write(list_parts(kind), "table", width)

    narrow, wide = (" ".join(listed(width).split()) for width in (80, 1000))
    assert "Not shown at this width: " in narrow or kind == "scenarios"  # its names are wrapped
    assert "Not shown at this width" not in wide
    assert max(map(len, listed(80).splitlines())) <= 80


def test_the_heads_of_lists_have_units() -> None:
    """Numbers stand under their unit; a comparator has its unit beside it. The CSV keeps its head."""
    head, units, *_ = write(list_parts("chips"), "table", 200).splitlines()
    assert head.split()[:7] == ["id", "vendor", "bf16", "fp8", "memory", "bandwidth", "TDP"]
    assert units.split() == ["TFLOP/s", "TFLOP/s", "GB", "TB/s", "W"]
    csv_head = write(list_parts("chips"), "csv", 200).splitlines()[0]
    assert csv_head.startswith("id,vendor,bf16 TFLOP/s,fp8,memory GB,TB/s,TDP W,market,")
    rows = json.loads(write(list_parts("comparators"), "json"))["comparators"]
    assert {row["id"]: row["unit"] for row in rows} | {"colossus-2": "W", "world-stock-2025": "H100-equivalents"} == {
        row["id"]: row["unit"] for row in rows
    }
