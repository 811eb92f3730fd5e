"""One door for inputs: the order of the layers, `having`, and that all that is printed can be set."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import capacity
from capacity.errors import InputError
from capacity.load import (
    Specs,
    built_in_specs,
    join_scenario,
    load_assumptions,
    one_lot_document,
    open_specs,
    scenario_from,
    validate_file,
)
from capacity.model.estimate import estimate
from capacity.records.scenario import Profile
from capacity.resolve import Input, Scenario
from tests.running import run

SCENARIOS = Specs().ids("scenarios")
CITED = {"source": "notes", "grade": "D"}
NAME = "server_other_w"  # stated by systems, profiles and nobody else


def plain(**more: Any) -> dict[str, Any]:
    """A scenario of one owner, one site and one system, as a file would hold it."""
    lot = {"chip": "h100-sxm", "stage": "installed", "date": "2026-01-01", "owners": ["acme"], "site": "hall",
           "system": "hgx-h100-immersion", "count": {"value": 80, **CITED}}  # fmt: skip
    return {
        "id": "plain", "name": "Plain", "as_of": "2026-01-01", "counted": ["lot"], "lots": {"lot": lot},
        "sources": {"notes": {"title": "my notes", "kind": "user"}},
        "owners": {"acme": {"name": "Acme", "profile": "neocloud"}},
        "sites": {"hall": {"name": "Hall", "cooling": "liquid", "profile": "china-local", "region": "cn"}}, **more,
    }  # fmt: skip


def all_layers() -> list[tuple[str, Any]]:
    """Each layer but the default as a change of the scenario that makes it state `NAME`, the first heard first."""

    def stating(value: float) -> dict[str, Any]:
        return {NAME: {"value": value, **CITED}}

    return [
        ("command", ("set", {f"assumptions.{NAME}": {"value": 101.0, **CITED}})),
        ("scenario@owner", ("assumptions", {f"{NAME}@acme": {"value": 102.0, **CITED}})),
        ("scenario", ("assumptions", stating(103.0))),
        ("site", ("site", stating(104.0))),
        ("site's cooling", ("profile", ("liquid", 105.0))),
        ("system", ("system", 106.0)),
        ("site's profile", ("profile", ("china-local", 107.0))),
        ("owner", ("owner", stating(108.0))),
        ("owner's profile", ("profile", ("neocloud", 109.0))),
        ("system's cooling", ("profile", ("immersion", 110.0))),
        ("region", ("region", 111.0)),
    ]


def stated_by(layers: list[tuple[str, Any]]) -> Input:
    """What is heard of `NAME` where these layers state it, all other records silent about it."""
    from dataclasses import replace

    from capacity.quantity import Quantity

    data, profiles, system, grid = plain(), {}, {}, {}
    for _, (kind, change) in layers:
        if kind in ("set", "assumptions"):
            data[kind] = {**data.get(kind, {}), **change}
        elif kind == "site":
            data["sites"]["hall"]["assumptions"] = change
        elif kind == "owner":
            data["owners"]["acme"]["assumptions"] = change
        elif kind == "profile":
            profiles[change[0]] = change[1]
        else:
            (system if kind == "system" else grid)[NAME] = change
    if "site's cooling" not in dict(layers):
        del data["sites"]["hall"]["cooling"]  # the system says how it is cooled where the site does not
    scenario = scenario_from(data)

    def number(value: float) -> dict[str, Quantity]:
        return {NAME: Quantity(value=value, source="judgement", grade="D")}

    silent = {name: Profile(meaning=p.meaning, region=p.region, assumptions={})
              for name, p in scenario.defaults.profiles.items()}  # fmt: skip
    spoken = {name: silent[name].model_copy(update={"assumptions": number(value)}) for name, value in profiles.items()}
    defaults = scenario.defaults.model_copy(update={"profiles": {**silent, **spoken}})
    judged = {"judgement": scenario.defaults.sources["judgement"]}

    def record(part: Any, stated: dict[str, float]) -> Any:
        own = {k: v for name, value in stated.items() for k, v in number(value).items()}
        return part.model_copy(update={"assumptions": own, "sources": judged})

    scenario = replace(
        scenario, defaults=defaults,
        systems={name: record(part, system) for name, part in scenario.systems.items()},
        grids={name: record(part, grid if name == "cn" else {}) for name, part in scenario.grids.items()},
    )  # fmt: skip
    return scenario.assumption(NAME, scenario.cells[0])


def test_the_layers_are_read_from_the_top() -> None:
    """With all layers stating one number the first is heard; take it away and the next is, down to the default."""
    layers = all_layers()
    for first in range(len(layers)):
        assert stated_by(layers[first:]).quantity.value == 101.0 + first, layers[first][0]
    assert stated_by([]).quantity.value is None  # the default is an interval


@pytest.mark.parametrize("upper", range(11))
def test_the_order_of_layers_is_total(upper: int) -> None:
    """Of any two layers the upper is heard, whatever a third says or not."""
    layers = all_layers()
    for lower in layers[upper + 1 :]:
        assert stated_by([lower, layers[upper]]).quantity.value == 101.0 + upper, (layers[upper][0], lower[0])


# --- having --------------------------------------------------------------------------------------


def results(scenario: Scenario) -> dict[str, np.ndarray[Any, Any]]:
    """Every total of a scenario, as stated and at a date, in a few worlds."""
    answer = estimate(scenario, 200, by=(), at="2027-06-30")
    return {f"{step.address} {view.name}": answer.draws(step.address, view.name)
            for view in answer.views for step, _ in answer.results(view)}  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_place_that_is_printed_can_be_set(name: str) -> None:
    """All inputs that JSON prints, fed back as printed, one by one and all at once, leave every result as it was."""
    scenario = capacity.load_scenario(name)
    before = results(scenario)
    printed = json.loads(capacity.estimate(scenario, 50, at="2027-06-30").text("json"))["assumptions"]
    values: dict[str, Any] = {}
    for item in printed:
        if item.get("low") is None:
            continue  # a choice, or a part that is drawn: no number stands there
        keys = ("median", "anchor", "floor", "ceiling", "chance", "each")
        number = {"value": item["low"]} if item["low"] == item["high"] else {"low": item["low"], "high": item["high"]}
        told = {key: item[key] for key in keys if key in item}
        values[item["place"]] = capacity.Quantity(**number, **told, source="read back", grade=item["grade"])
    assert len(values) > 20
    for place, value in values.items():  # where a system states a number of its own, one for all would pass over it
        again = scenario.having({place: value})
        item = next(i for i in estimate(again, 1, at="2027-06-30").plan.inputs() if i.place == place)
        assert item.set_by == "command", place
    after = results(scenario.having(values))
    assert after.keys() == before.keys()
    for key, draws in before.items():
        np.testing.assert_allclose(after[key], draws, rtol=1e-9, err_msg=key)


def test_a_setting_moves_what_rests_on_it() -> None:
    """A lot of 1,000 has 1,000 chips in every world; the scenario that it came from stays as it was."""
    scenario = capacity.load_scenario()
    before, document = results(scenario), json.dumps(scenario.document, default=str)
    after = results(scenario.having({"lots.approved.count": 1000, "chips.h100-sxm.memory_gb": 160}))
    np.testing.assert_allclose(after["chips as_stated"], 1000, rtol=1e-12)
    np.testing.assert_array_equal(results(scenario)["chips as_stated"], before["chips as_stated"])
    assert json.dumps(scenario.document, default=str) == document


def test_what_was_set_is_saved_and_read_again() -> None:
    """The document of a changed scenario is a scenario: the same fingerprint but for who set it."""
    scenario = capacity.load_scenario().having({
        "lots.approved.count": "over 300,000", "assumptions.pue_peak": "1.1..1.3", "chips.h200-sxm.tdp_w": 650,
        "assumptions.busy_share@tencent": 0.7, "lots.approved.shares.tencent": 0.4,
    })  # fmt: skip
    again = scenario_from(json.loads(json.dumps(scenario.document, default=str)))
    assert again.sha256 == scenario.sha256
    assert again.file.lots["approved"].count.says == "over 300,000"


def test_one_owners_setting_goes_before_that_of_all_and_the_later_call_before_the_earlier() -> None:
    """`x@owner` beside `x` holds for the owner, in either order; a later `x` holds for all."""
    place, scenario = "assumptions.busy_share", capacity.load_scenario()
    cells = {cell.owner: cell for cell in scenario.cells}
    for values in ({place: 0.5, f"{place}@tencent": 0.9}, {f"{place}@tencent": 0.9, place: 0.5}):
        both = scenario.having(values)
        assert [both.assumption("busy_share", cells[o]).quantity.value for o in ("tencent", "alibaba")] == [0.9, 0.5]
    later = both.having({place: 0.4})
    assert later.assumption("busy_share", cells["tencent"]).quantity.value == 0.4


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("chips.h200-sxm.tdp_w", "-1", "--set chips.h200-sxm.tdp_w: -1 is below zero (0 or more)"),
        ("assumptions.busy_share", "1.2", "--set assumptions.busy_share: 1.2 is out of range (between 0 and 1)"),
        ("profiles.china-platform.assumptions.busy_share", "2", "busy_share: 2 is out of range (between 0 and 1)"),
        ("lots.approved.shares.tencent", "1.5", "--set lots.approved.shares.tencent: the shares come to 1.5"),
        ("lots.approved.conversion", "1.5", "--set lots.approved.conversion: the conversion: 1.5 is out of range"),
        ("grids.cn.combustion_kg", "1", "'grids.cn.combustion_kg' (did you mean grids.cn.combustion_kg_kwh"),
        ("systems.nothing.assumptions.pue_peak", "1.2", "unknown place 'systems.nothing.assumptions.pue_peak'"),
        ("assumptions.pue_peak@nobody", "1.2", "--set assumptions.pue_peak@nobody: unknown owner 'nobody'"),
    ],
)  # fmt: skip
def test_a_fault_of_a_typed_value_is_told_of_what_was_typed(place: str, value: str, message: str) -> None:
    """Never of a file that the user has not seen."""
    done = run("estimate", f"--set={place}={value}")
    assert done.returncode == 1
    assert message in done.stderr
    assert "scenarios/" not in done.stderr


def test_what_having_refuses_it_names_all_at_once() -> None:
    """A lot that is not there, what is no number, an unknown place: one error with a line for each."""
    with pytest.raises(InputError) as caught:
        capacity.load_scenario().having({"counted": ("nowhere",), "assumptions.mfu": True, "lots.gone.count": 5})
    assert len(caught.value.faults) == 3
    assert {str(fault).partition(" ")[0].rstrip(":") for fault in caught.value.faults} == {"having"}


def test_a_setting_twice_is_an_error() -> None:
    """No setting is lost in silence."""
    done = run("estimate", "--set=assumptions.pue_peak=1.2", "--set=assumptions.pue_peak=1.3")
    assert (done.returncode, done.stderr.strip()) == (1, "--set assumptions.pue_peak: is set twice (once)")


@pytest.mark.parametrize(
    ("place", "when"),
    [
        ("assumptions.mfu", "(--show)"),
        ("assumptions.install_days", "at a date (--at)"),
        ("profiles.liquid.assumptions.pue_peak", "nothing nearer states"),
    ],
)
def test_a_setting_that_changes_nothing_says_when_it_would(place: str, when: str) -> None:
    """A note names the setting and what would have to be so; a setting that counts has none."""
    scenario = capacity.load_scenario().having(
        {place: 1.1 if "pue" in place else 0.3, "assumptions.pue_peak@tencent": 1.2}
    )
    answer = estimate(scenario, 50, show="power.facility")
    [note] = [note for note in answer.notes() if "changes nothing" in note]
    assert place in note
    assert when in note


def test_a_scenario_with_its_inputs_pickles() -> None:
    """It comes back from another process with its numbers and can be changed there."""
    scenario = capacity.load_scenario()
    estimate(scenario, 10)
    again = pickle.loads(pickle.dumps(scenario))
    assert again.sha256 == scenario.sha256
    assert again.having({"lots.approved.count": "over 5"}).file.lots["approved"].count.floor == 5


def test_an_input_is_looked_up_once() -> None:
    """The same look-up gives the same object, so nothing is worked out in the middle of an estimate."""
    scenario = capacity.load_scenario()
    cell = scenario.cells[0]
    assert scenario.assumption("pue_peak", cell) is scenario.assumption("pue_peak", cell)


# --- plain data, owners' names -------------------------------------------------------------------


def test_a_scenario_from_plain_data_names_places_and_keeps_the_data() -> None:
    """No file, so no line: a fault says the place; the caller's own data are neither changed nor kept."""
    data = plain()
    before = json.dumps(data)
    changed = scenario_from(data).having({"lots.lot.count": 7})
    assert json.dumps(data) == before
    data["lots"]["lot"]["count"]["value"] = -5
    assert changed.file.lots["lot"].count.value == 7
    with pytest.raises(InputError) as caught:
        scenario_from(data)
    assert str(caught.value) == "scenario lots.lot.count: -5 is below zero (0 or more)"


def test_owners_keep_their_letters() -> None:
    """字节跳动 is an id, in addresses too; A+ and A- stay two; an invisible letter makes no second owner."""
    lot = {**plain()["lots"]["lot"], "owners": ["字节\u200b跳动", "a+", "a-"], "site": None}
    owners = {name: {"name": name} for name in ("字节跳动", "a+", "a-")}
    scenario = scenario_from(plain(lots={"lot": lot}, owners=owners)).having({"assumptions.pue_peak@字节跳动": 1.5})
    answer = estimate(scenario, 100, by="owner")
    parts = [answer.draws(f"chips@{owner}") for owner in owners]
    np.testing.assert_allclose(sum(parts), 80)
    ratio = answer.draws("power.facility.nameplate@字节跳动") / answer.draws("power.it.nameplate@字节跳动")
    np.testing.assert_allclose(ratio, 1.5)
    with pytest.raises(InputError, match="stands twice"):
        scenario_from(plain(lots={"lot": lot}, owners={**owners, "字节\u200b跳动": {"name": "again"}}))


# --- what enters by --specs ------------------------------------------------------------------------


SHEET = {**yaml.safe_load((built_in_specs() / "chips" / "h20.yaml").read_text()), "id": "bad-x1"}
LARGE = {"value": 900_000, "source": "toms-h20", "grade": "C"}


def own_specs(folder: Path, **files: str) -> Path:
    """A folder of the user's own specs: `chips/bad-x1.yaml`, which has 900,000 GB, and other files by name."""
    (folder / "chips").mkdir()
    (folder / "chips" / "bad-x1.yaml").write_text(yaml.safe_dump({**SHEET, "memory_gb": LARGE}, allow_unicode=True))
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


def test_what_enters_by_specs_is_held_to_the_rules(tmp_path: Path) -> None:
    """A chip that `validate` refuses no other door takes, and for the same reasons."""
    folder = own_specs(tmp_path)
    path = folder / "chips" / "bad-x1.yaml"
    with pytest.raises(InputError) as refused:
        validate_file(path, open_specs(folder))
    with pytest.raises(InputError) as loaded:
        capacity.load_chip("bad-x1", open_specs(folder))
    lot = {**plain()["lots"]["lot"], "chip": "bad-x1", "system": None}
    with pytest.raises(InputError) as joined:
        scenario_from(plain(lots={"lot": lot}), open_specs(folder))
    assert "memory_gb: " in str(refused.value)
    assert set(refused.value.faults) == set(loaded.value.faults)
    assert set(refused.value.faults) <= set(joined.value.faults)
    done = run("estimate", "--specs", str(folder), "--chip", "bad-x1", "--count", "100")
    assert done.returncode == 1
    assert "memory_gb: " in done.stderr


def test_the_users_own_rules_of_integrity_are_used(tmp_path: Path) -> None:
    """An `integrity.yaml` in the folder stands in the place of ours: with no bound on memory the chip is taken."""
    ours = yaml.safe_load((built_in_specs() / "integrity.yaml").read_text())
    ours["bounds"] = {k: v for k, v in ours["bounds"].items() if "memory_gb" not in (v["of"], v.get("over"))}
    folder = own_specs(tmp_path, integrity=yaml.safe_dump(ours, allow_unicode=True))
    assert capacity.load_chip("bad-x1", open_specs(folder)).memory_gb.value == 900_000


def test_the_users_own_hedge_words_are_used(tmp_path: Path) -> None:
    """A word that only the user's table has is read by it, in files and by `having`, and refused without."""
    ours = (built_in_specs() / "hedges.yaml").read_text()
    folder = own_specs(tmp_path, hedges=ours.replace("{words: roughly,", '{words: "roughly, thereaboutish",'))
    scenario = scenario_from(plain(), open_specs(folder))
    count = scenario.having({"lots.lot.count": "thereaboutish 500"}).file.lots["lot"].count
    assert count.low < 500 < count.high
    assert (count.low, count.high) == (lambda q: (q.low, q.high))(
        scenario.having({"lots.lot.count": "roughly 500"}).file.lots["lot"].count
    )
    with pytest.raises(InputError):
        scenario_from(plain()).having({"lots.lot.count": "thereaboutish 500"})


FILES = sorted(path for path in built_in_specs().rglob("*.yaml"))


@pytest.mark.parametrize("path", [*FILES[::9], *built_in_specs().glob("*.yaml")], ids=lambda p: p.name)
def test_validate_knows_each_kind_of_file_that_ships(path: Path) -> None:
    """By its folder or its name; the kinds with a file of their own are all tried, of the others a sample."""
    kind = validate_file(path, Specs())
    assert path.stem == kind or path.parent.name in (kind, f"{kind}s")


def test_a_file_that_does_not_say_what_it_holds_is_told_so(tmp_path: Path) -> None:
    """Then `--kind` says it, or the line `$schema` does; nothing is guessed."""
    path = tmp_path / "thing.yaml"
    path.write_text("name: A thing\n")
    with pytest.raises(InputError, match="does not say what it holds"):
        validate_file(path, Specs())
    with pytest.raises(InputError, match="id is missing"):
        validate_file(path, Specs(), kind="rule")
    path.write_text("# yaml-language-server: $schema=../schema/site.json\nid: thing\nname: A thing\n")
    assert validate_file(path, Specs()) == "site"


def test_validate_reads_a_sheet_of_deals(tmp_path: Path) -> None:
    """A CSV of deals is checked as `estimate` reads it."""
    path = tmp_path / "deals.csv"
    head = "owner,chip,count,stage,date,source,url\n"
    path.write_text(head + 'Acme,h20,"5,000",installed,2026-01-01,The Paper,https://example.org/a\n')
    assert validate_file(path, Specs()) == "deals"
    path.write_text(head + 'Acme,h2000,"5,000",installed,2026-01-01,The Paper,https://example.org/a\n')
    with pytest.raises(InputError, match="unknown chip 'h2000'"):
        validate_file(path, Specs())


def test_the_fingerprint_moves_with_a_site_that_is_only_named(tmp_path: Path) -> None:
    """A site of the user's specs that a lot names by id: another capacity there is another fingerprint."""
    (tmp_path / "sites").mkdir()
    prints = []
    for megawatts in (100, 200):
        site = f"id: hall\nname: Hall\nregion: us\ncapacity_mw: {{value: {megawatts}, source: s, grade: B}}\n"
        more = "capacity_type: facility\nsources: {s: {title: made up, kind: judgement}}\n"
        (tmp_path / "sites" / "hall.yaml").write_text(site + more)
        document = one_lot_document("h200-sxm", "1000", (), "2026-01-01", None)
        document.data["lots"]["stated"]["site"] = "hall"
        prints.append(join_scenario(document, Specs((tmp_path,))).sha256)
    assert prints[0] != prints[1]


def test_chances_of_what_words_leave_open_come_to_at_most_one() -> None:
    """0.7 and 0.6 are refused with both names; 0.7 and 0.2 leave 0.1 for the facility."""
    it, contracted = "assumptions.unstated_is_it", "assumptions.unstated_is_contracted"
    scenario = capacity.load_scenario()
    with pytest.raises(InputError, match=r"come to 1\.3 \(at most 1\)"):
        scenario.having({it: 0.7, contracted: 0.6}).chances("power")
    chances = scenario.having({it: 0.7, contracted: 0.2}).chances("power")
    assert chances == pytest.approx({"it": 0.7, "facility": 0.1, "contracted": 0.2})


def test_what_stands_at_a_place_is_what_was_set_there_else_what_is_stated() -> None:
    """Of an assumption, a sheet, a lot and what was typed, in the unit of the place; nothing of an unknown place."""
    scenario = capacity.load_scenario().having({"assumptions.pue_peak": 1.25, "chips.h200-sxm.tdp_w": 650})
    stated = {place: quantity.value if (quantity := scenario.stated_at(place)) else None for place in (
        "assumptions.pue_peak", "chips.h200-sxm.tdp_w", "chips.h200-sxm.dense_tflops.bf16", "assumptions.nothing",
        "chips.nothing.tdp_w")}  # fmt: skip
    assert list(stated.values()) == [1.25, 650, 989.5, None, None]
    default = capacity.load_scenario().stated_at("assumptions.server_other_w")
    stated_default = load_assumptions().assumptions["server_other_w"].default
    assert default is not None
    assert (default.low, default.high) == (stated_default.low, stated_default.high)
    owners = scenario.stated_at("assumptions.mfu@tencent"), scenario.stated_at("assumptions.mfu@nobody")
    assert owners[0] is not None
    assert owners[1] is None
    halved = scenario.having({"assumptions.pue_peak": "x0.8", "chips.h200-sxm.tdp_w": "x0.5"})
    assert halved.file.set["assumptions.pue_peak"].value == pytest.approx(1.0)
    assert halved.file.set["chips.h200-sxm.tdp_w"].value == pytest.approx(325)


def test_what_is_alike_for_all_owners_is_one_input() -> None:
    """An assumption that owners share wholly (`rho_owners` 1) has no owner; of any other each has his own part."""
    scenario = scenario_from(plain())
    [cell] = scenario.cells
    shared = {name for name, known in scenario.defaults.assumptions.items() if known.rho_owners == 1}
    assert "usd_per_eur" in shared
    for name in scenario.defaults.assumptions:
        item = scenario.assumption(name, cell)
        assert (item.owner, "@" in item.place) == ((None, False) if name in shared else ("acme", "@acme" in item.place))


def test_a_number_set_at_a_sites_own_place_stays_behind_what_is_assumed_of_the_owner() -> None:
    """Set for all, a number goes before the scenario's word; set at the site alone it is heard where the site is."""
    own = {"assumptions": {f"{NAME}@acme": {"value": 102.0, **CITED}}, "sites": {
        "hall": {"name": "Hall", "region": "cn", "assumptions": {NAME: {"value": 104.0, **CITED}}}}}  # fmt: skip
    at_site = scenario_from(plain(**own)).having({f"sites.hall.assumptions.{NAME}": 110})
    assert at_site.assumption(NAME, at_site.cells[0]).quantity.value == 102.0
    without = scenario_from(plain(sites=own["sites"])).having({f"sites.hall.assumptions.{NAME}": 110})
    assert without.assumption(NAME, without.cells[0]).quantity.value == 110.0
