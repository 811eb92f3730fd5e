"""Owners, sites with phases, grids and rules of the spec library: what ships, and what is refused."""

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

import capacity
from capacity.errors import InputError
from capacity.load import (
    Specs,
    built_in_specs,
    join_scenario,
    load_assumptions,
    load_chip,
    load_grid,
    load_models,
    load_owner,
    load_rule,
    load_scenario,
    load_site,
    one_lot_document,
    part_names,
    validate_file,
)
from capacity.questions.list import list_parts
from capacity.questions.rules import classify
from capacity.questions.show import show
from capacity.resolve import Scenario
from capacity.words.names import normalised

KINDS = ("owners", "sites", "grids")
SHIPPED = sorted(path for kind in KINDS for path in (built_in_specs() / kind).glob("*.yaml"))
OWNERS, SITES, GRIDS = (Specs().ids(kind) for kind in KINDS)


def of_owners(*names: str) -> Scenario:
    return join_scenario(one_lot_document("gb300", "18,000", names, "2025-05-13", None), Specs())


def faults_of(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.yaml"
    path.write_text(text)
    try:
        validate_file(path, Specs())
    except InputError as error:
        return str(error)
    return ""


# --- what ships ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_every_file_that_ships_is_valid(path: Path) -> None:
    """Each owner, site and grid passes `validate`: records, sources, profiles, regions, chips, assumptions."""
    assert validate_file(path, Specs()) == path.parent.name.removesuffix("s")


def test_the_library_knows_whom_the_news_names() -> None:
    """Some sixty owners or more, and at least 25 sites with phases, most of them with two or more."""
    assert len(OWNERS) >= 60
    phased = [site for name in SITES if (site := load_site(name)).phases]
    assert len(phased) >= 25
    assert sum(len(site.phases) > 1 for site in phased) > len(phased) / 2


def test_no_two_owners_share_a_name() -> None:
    """An id, name or alias, however it is cased or spaced, belongs to one owner."""
    bearers = defaultdict(set)
    for id_, names in part_names("owners", Specs()).items():
        for name in names:
            bearers[normalised(name)].add(id_)
    assert {name: ids for name, ids in bearers.items() if len(ids) > 1} == {}


def test_every_owner_stands_on_a_source_and_a_known_ground() -> None:
    """Each profile and each home grid exists; each owner cites where it was read that it has chips."""
    profiles = load_assumptions(Specs()).profiles
    for owner in map(load_owner, OWNERS):
        assert owner.profile is None or owner.profile in profiles
        assert owner.region is None or owner.region in GRIDS
        assert all(owner.sources[key].url for key in owner.source)


def test_phases_ascend_and_add() -> None:
    """In every site the days of the phases ascend, and of one basis none is smaller than the one before."""
    for site in map(load_site, SITES):
        for before, after in pairwise(site.phases):
            assert before.date < after.date, site.id
            assert after.basis != before.basis or after.limit.middle >= before.limit.middle, site.id


def test_what_is_only_expected_is_graded_as_that() -> None:
    """A phase after the last day that anybody saw (2026-08-21) is no better than C, whoever plans it."""
    late = [
        (site.id, phase) for site in map(load_site, SITES) for phase in site.phases if str(phase.date) > "2026-08-21"
    ]
    assert late
    assert [name for name, phase in late if phase.limit.grade not in "CD"] == []


# --- owners by name --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "id_", "profile", "region"),
    [
        ("Meta", "meta", "us-hyperscale", "us"), ("FACEBOOK", "meta", "us-hyperscale", "us"),
        ("字节跳动", "bytedance", "china-platform", "cn"), ("阿里", "alibaba", "china-platform", "cn"),
        ("G42", "g42", None, "ae"), ("Khazna", "g42", None, "ae"), ("humain", "humain", None, "sa"),
        ("Jio", "reliance", None, "in"), ("Huawei Cloud", "huawei", "china-platform", "cn"),
        ("Ｇoogle Cloud", "google", "us-hyperscale", "us"), ("CoreWeave", "coreweave", "neocloud", "us"),
        ("Forschungszentrum Jülich", "fz-juelich", None, "de"),
        ("Ju\u0308lich Supercomputing Centre", "fz-juelich", None, "de"),
    ],
)  # fmt: skip
def test_an_owner_is_found_by_what_people_call_it(name: str, id_: str, profile: str | None, region: str) -> None:
    """Id, name and alias, in any case, width and Unicode form, give the profile and the home grid; the name stays."""
    scenario = of_owners(name)
    [owner] = scenario.file.owners.values()
    assert (owner.name, owner.profile, owner.region) == (name, profile, region)
    assert [scenario.region(cell) for cell in scenario.cells if cell.owner] == [region]
    assert any(f"specs/owners/{id_}.yaml" in note for note in scenario.notes)


def test_an_owner_whom_nobody_knows_stays_as_it_is() -> None:
    """No guess is made from a name that is merely near."""
    [owner] = of_owners("Metta").file.owners.values()
    assert (owner.profile, owner.region) == (None, None)


def test_a_home_of_many_countries_is_not_made_one() -> None:
    """Nebius has halls in several countries: its profile holds, its grid is left open."""
    [owner] = of_owners("Nebius").file.owners.values()
    assert (owner.profile, owner.region) == ("neocloud", None)


def test_what_the_scenario_says_of_an_owner_stays(tmp_path: Path) -> None:
    """An owner with a profile or region of its own takes nothing from the library."""
    path = tmp_path / "abroad.yaml"
    path.write_text("""\
id: abroad
name: Chips rented abroad
as_of: 2026-01-01
sources: {s: {title: Somebody, kind: judgement}}
owners: {bytedance: {name: ByteDance, region: my}}
lots:
  a: {chip: b200, stage: in service, date: 2026-01-01, count: {value: 1000, source: s, grade: D}, owners: [bytedance]}
counted: [a]
""")
    owner = load_scenario(path).file.owners["bytedance"]
    assert (owner.profile, owner.region) == (None, "my")


def test_one_firm_under_two_names_is_refused() -> None:
    """Half of a lot for Meta and half for Facebook would be a silent error."""
    with pytest.raises(InputError, match=r"'Meta' and 'Facebook' are one owner \(once: meta\)"):
        of_owners("Meta", "Facebook")


def test_humain_stands_on_the_saudi_grid() -> None:
    """The carbon of chips for Humain is that of Saudi Arabia, and of Meta's is not."""
    saudi = load_grid("sa").lifecycle_kg_kwh
    scenario = of_owners("Humain", "Meta")
    factors = {cell.owner: scenario.carbon("lifecycle_kg_kwh", cell) for cell in scenario.cells if cell.owner}
    assert factors["humain"] is not None
    assert factors["meta"] is not None
    assert saudi is not None
    assert factors["humain"].quantity.value == saudi.value
    assert factors["meta"].quantity.value != saudi.value


# --- what is refused -------------------------------------------------------------------------

OWNER = """\
id: acme
name: Acme
aliases: [ACME Cloud]
profile: neocloud
region: us
source: s
sources: {s: {title: A page, kind: secondary report, url: "https://example.org/a"}}
"""
SITE = """\
id: acme-1
name: Acme One
region: us-tx
phases:
  - {date: 2026-01-31, basis: it, limit: {value: 50, source: s, grade: C}}
  - {date: 2026-12-31, basis: it, limit: {value: 100, source: s, grade: C}}
sources: {s: {title: A page, kind: secondary report, url: "https://example.org/a"}}
"""
BROKEN = {
    "profile": ("acme", OWNER, "profile: neocloud", "profile: neoclowd", "unknown profile 'neoclowd' (did you mean"),
    "region": ("acme", OWNER, "region: us", "region: us-tz", "unknown region 'us-tz' (did you mean"),
    "source": ("acme", OWNER, "source: s\n", "source: t\n", "unknown source 't'"),
    "key": ("acme", OWNER, "aliases:", "alias:", "unknown key 'alias' (did you mean aliases?)"),
    "order": ("acme-1", SITE, "2026-12-31", "2026-01-31", "the phase of 2026-01-31 stands after that of 2026-01-31"),
    "shrinking": ("acme-1", SITE, "value: 100", "value: 40", "the phase of 2026-12-31 is smaller than that of 2026-01"),
    "basis": ("acme-1", SITE, "basis: it, limit: {value: 50", "basis: unstated, limit: {value: 50", "'unstated'"),
    "day": ("acme-1", SITE, "2026-12-31", "2026-12-32", "phases.1.date"),
    "uncited": ("acme-1", SITE, "value: 100, source: s", "value: 100, source: t", "limit.source: unknown source"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_said_in_a_line(name: str, tmp_path: Path) -> None:
    """A sound owner and a sound site pass; spoiled in one way each, `validate` says where and what is allowed."""
    id_, text, old, new, expected = BROKEN[name]
    assert old in text
    assert faults_of(tmp_path, id_, text) == ""
    assert expected in faults_of(tmp_path, id_, text.replace(old, new, 1))


# --- pages -----------------------------------------------------------------------------------


def test_list_and_show_owners_and_sites() -> None:
    """`list owners` has a row each; a page has aliases and source; a site's page its phases by day and basis."""
    assert [row["id"] for row in list_parts("owners").records()] == sorted(OWNERS)
    page = str(show("字节跳动"))
    assert "profile china-platform" in page
    assert "Reuters" in page
    site = str(show("Project Rainier"))
    assert "from 2026-03-23, facility" in site
    assert "1092" in site


# --- grids, rules, thresholds ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("grid", "pounds_per_mwh"), [("us-tx", 733.862), ("us-tn", 898.079), ("us-la", 739.720), ("us-va", 593.419)]
)
def test_factors_of_subregions_are_eGRID_s(grid: str, pounds_per_mwh: float) -> None:
    """The combustion factor is the EPA's rate in lb/MWh, at 0.45359237 kg a pound."""
    factor = load_grid(grid).combustion_kg_kwh
    assert factor is not None
    assert factor.value == pytest.approx(pounds_per_mwh * 0.45359237 / 1000, abs=5e-5)


def test_every_area_of_the_us_lies_within_it() -> None:
    """What an area does not replace, such as the water of power plants, holds from the country."""
    areas = [load_grid(name) for name in GRIDS if name.startswith("us-")]
    assert areas
    assert {grid.within for grid in areas} == {"us"}


@pytest.mark.parametrize(
    ("chip", "day", "rule", "caught"),
    [
        ("h100-sxm", "2025-03-01", "us-2025-01-diffusion", True), ("h20", "2025-03-01", "us-2025-01-diffusion", False),
        ("h100-sxm", "2026-06-01", "us-2026-05-headquarters", True),
        ("h20", "2026-06-01", "us-2026-05-headquarters", False),
        ("l40s", "2026-06-01", "us-2026-05-headquarters", True),
        ("h100-sxm", "2025-10-15", "us-2025-09-affiliates", False),
        ("h100-sxm", "2025-10-15", "us-2025-01-foundry", False),
    ],
)  # fmt: skip
def test_the_rules_of_2025_and_2026(chip: str, day: str, rule: str, caught: bool) -> None:
    """The Diffusion rule and the guidance sort by TPP 4,800 (H100 15,832; H20 2,368); the others sort no chips."""
    [verdict] = [v for v in classify(load_chip(chip), day) if v.rule.id == rule]
    assert verdict.caught is caught
    assert verdict.why


def test_rules_that_were_withdrawn_or_stayed_have_an_end() -> None:
    """The Diffusion rule went on 2025-05-13, the Affiliates rule was stayed on 2025-11-10; the foundry rule holds."""
    assert not load_rule("us-2025-01-diffusion").in_force("2025-05-13")
    assert load_rule("us-2025-09-affiliates").in_force("2025-11-09")
    assert not load_rule("us-2025-09-affiliates").in_force("2025-11-10")
    assert load_rule("us-2025-01-foundry").in_force("2026-11-27")


def test_a_rule_that_sorts_chips_has_classes(tmp_path: Path) -> None:
    """Only a rule of buyers or orders may go without."""
    text = (built_in_specs() / "rules" / "us-2025-09-affiliates.yaml").read_text()
    assert faults_of(tmp_path, "us-2025-09-affiliates", text) == ""
    without = text.replace("subject: buyers\n", "")
    assert "a rule that sorts chips has no class" in faults_of(tmp_path, "us-2025-09-affiliates", without)


def test_thresholds_and_bands_rest_on_texts_that_were_opened() -> None:
    """The lines of the AI Act and of order 14110 and the tariff's bands are graded A, and nothing is from memory."""
    models = load_models(Specs())
    for key, flop in (("eu-ai-act", 1e25), ("us-eo-14110", 1e26)):
        line = models.thresholds[key].flop
        assert (line.value, line.grade) == (flop, "A")
        assert all(models.sources[s].url and "memory" not in (models.sources[s].note or "") for s in line.source)
    assert load_rule("us-2026-01-tariff").grade == "A"
    assert load_rule("us-2026-01-tariff").source == ("cbp",)
    llama = models.models["llama-2-70b"].training_flop
    assert llama.value == pytest.approx(6 * 70e9 * 2.0e12)


def test_an_estimate_names_where_a_home_came_from() -> None:
    """What the library adds to a typed owner is told in the scenario's notes."""
    answer = capacity.estimate(of_owners("G42"), draws=50)
    assert "G42: home grid ae, by specs/owners/g42.yaml" in answer.scenario.notes
