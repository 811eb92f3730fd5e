"""Power and money back to chips, chips against sites, and the reports of one site against each other."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from conftest import scenario_of
from hypothesis import given, settings
from hypothesis import strategies as st

import capacity
from capacity.cli.paths import read_mix
from capacity.errors import InputError
from capacity.load import Specs, join_scenario, load_grid, load_site, measured_quantity
from capacity.load.input_file import InputFile
from capacity.questions import fit, paths, solve
from tests.running import good, run

TWO = "h200-sxm x 1000 and h20 x 500"
TARGETS = ["power.facility.nameplate=500 MW", "peak_flops.fp8.dense=1 ZFLOP/s", "energy.facility=2 TWh",
           "capex=10 bn USD", "h100_equivalents.8bit=250000", "power.it.average@lot-0=3 MW",
           "electricity_cost=20 m USD"]  # fmt: skip


def at_site(site: str, chip: str = "h100-sxm", count: float = 100_000, **more: object) -> capacity.Scenario:
    """One lot of chips at a site, built in or defined in `sites`."""
    lot = {"chip": chip, "stage": "installed", "date": "2026-01-01", "site": site,
           "count": {"value": float(count), "source": "made-up", "grade": "D"}}  # fmt: skip
    data = {"id": "made-up", "name": "A test", "as_of": "2026-01-01", "lots": {"here": lot}, "counted": ["here"],
            "sources": {"made-up": {"title": "made up for a test", "kind": "judgement"}}, **more}  # fmt: skip
    return join_scenario(InputFile("test", data), Specs())


@pytest.mark.parametrize("text", TARGETS)
def test_forward_of_inverse_is_the_target(text: str) -> None:
    """The chips that solve for a target give the target back when estimated, in each world."""
    scenario = scenario_of(TWO)
    target = solve.read_target(text)
    found = solve.solve(scenario, target, "lots.lot-0.count", draws=200)
    assert found.share_without == 0
    for world in (0, 77, 199):
        exact = solve.counting(scenario, scenario.file.counted, {"lot-0": float(found.chips[world])})
        answer = capacity.estimate(exact, draws=200, by=("owner", "lot"), show=target.name)
        assert answer.draws(target.address)[world] == pytest.approx(target.quantity.value, rel=1e-9)


def test_worlds_without_a_positive_answer_are_a_share() -> None:
    """Where the other lots reach the target already, the world has no answer, and the share of these is told."""
    scenario = scenario_of(TWO)
    watts = capacity.estimate(solve.counting(scenario, ("lot-1",)), draws=400, by="total", show="power.it.nameplate")
    middle = float(np.median(watts.draws("power.it.nameplate")))
    target = solve.read_target(f"power.it.nameplate={middle} W")
    found = solve.solve(scenario, target, "lots.lot-0.count", draws=400)
    assert found.share_without == pytest.approx(0.5, abs=0.01)
    assert (found.chips[~np.isnan(found.chips)] > 0).all()


def test_an_inverted_median_is_not_what_is_given() -> None:
    """The interval of the solved count comes from dividing in each world: it has the spread of the watts."""
    found = solve.solve(
        scenario_of("h200-sxm x 10"), solve.read_target("power.facility.nameplate=500 MW"), "lots.lot-0.count", 2000
    )
    np.testing.assert_allclose(found.chips * found.per_chip, 500e6, rtol=1e-12)
    line = next(line for line in found.lines() if line.quantity == "chips")
    assert line.p5 < line.p50 < line.p95


def test_rounding_is_no_spread() -> None:
    """A target that only sheets decide has one answer, though the owners' parts add up to 1 with rounding."""
    found = solve.solve(capacity.load_scenario(), "peak_flops.bf16.dense=1 ZFLOP/s", "lots.approved.count", 2000)
    line = found.lines()[0]
    assert line.p5 == line.p95 == pytest.approx(1e21 / 989.5e12)


@pytest.mark.parametrize("place", ["assumptions.pue_peak", "lots.lot-0.shares.x", "lots.nobody.count", "count"])
def test_another_place_cannot_be_solved_for(place: str) -> None:
    """Only the count of a counted lot can be solved for; anything else is an error that says so."""
    with pytest.raises(InputError, match="only the count of a counted lot"):
        solve.solve(scenario_of(TWO), solve.read_target("power.facility.nameplate=1 MW"), place, 10)


@pytest.mark.parametrize(
    ("text", "message"),
    [("power.facility.nameplate=500", "no unit"), ("power.facility.nameplate=500 kg", "no unit"),
     ("power.facility", "no target"), ("nonsense=5 MW", "unknown quantity"),
     ("power.facility.nameplate=plenty MW", "plenty")],
)  # fmt: skip
def test_a_target_that_is_not_understood_is_refused(text: str, message: str) -> None:
    """A target without a known result, number or unit is an error in one line that names the argument."""
    with pytest.raises(InputError, match=message) as caught:
        solve.read_target(text)
    assert str(caught.value).startswith("target:")


@given(value=st.floats(1, 1e4), unit=st.sampled_from(["kW", "MW", "GW"]))
@settings(max_examples=20)
def test_a_typed_quantity_crosses_into_si(value: float, unit: str) -> None:
    """What is typed in a prefixed unit is that many SI units."""
    factor = {"kW": 1e3, "MW": 1e6, "GW": 1e9}[unit]
    assert measured_quantity(f"{value!r} {unit}", "W", "--size").value == pytest.approx(value * factor)


def test_fit_by_hand() -> None:
    """With exact watts 100,000 H100 need 140.25 MW of IT; a hall of 100 MW feeds the share that it should."""
    exact = {f"assumptions.{n}": v for n, v in dict(server_other_w=575, network_ratio=1.1, pue_peak=1.25).items()}
    sites = {
        "hall": {
            "name": "A hall",
            "capacity_mw": {"value": 100, "source": "made-up", "grade": "D"},
            "capacity_type": "it",
        }
    }
    data = {
        name.removeprefix("assumptions."): {"value": v, "source": "made-up", "grade": "D"} for name, v in exact.items()
    }
    scenario = at_site("hall", sites=sites, assumptions=data)
    answer = capacity.estimate(scenario, draws=20, by="site", show=fit.SHOW)
    (found,) = fit.fits(answer)
    lines = {line.quantity: line.p50 for line in found.lines()}
    assert lines["need"] == pytest.approx(140.25e6)  # 100,000 x 1,275 W x 1.1
    assert lines["fit"] == pytest.approx(100_000 * 100 / 140.25)
    assert lines["left"] == pytest.approx(100_000 * 40.25 / 140.25)
    assert found.binds == "power"
    assert found.chance == 0
    assert fit.unplaced(answer, None, "facility") is None


def test_an_ambiguous_figure_is_a_mixture_of_boundaries() -> None:
    """Megawatts of no stated kind are read as IT, facility and contracted power in the stated shares."""
    scenario = at_site("nscale-loughton", "gb300", 23_000)
    answer = capacity.estimate(scenario, draws=20_000, by="site", show=fit.SHOW)
    index = fit.boundary_of(answer, "nscale-loughton", scenario.sites["nscale-loughton"])
    shares = [float((index == i).mean()) for i in range(3)]
    assert shares == pytest.approx([0.60, 0.28, 0.12], abs=0.012)
    sure = at_site("colossus-1")
    answer = capacity.estimate(sure, draws=100, by="site", show=fit.SHOW)
    assert (fit.boundary_of(answer, "colossus-1", sure.sites["colossus-1"]) == 1).all()


def test_a_stated_mixture_has_to_come_to_one() -> None:
    """A site's own mixture of kinds that does not come to 1 is refused at the door."""
    site = {"name": "A hall", "capacity_type": {"it": 0.5, "facility": 0.4}}
    with pytest.raises(InputError, match=r"come to 0\.9"):
        at_site("hall", sites={"hall": site})


def test_sites_of_a_size_are_whole() -> None:
    """The number of sites of one size is a whole number in every world, never too few."""
    answer = capacity.estimate(capacity.load_scenario(), draws=500, by="site", show=fit.SHOW)
    found = fit.unplaced(answer, measured_quantity("100 MW", "W", "--size"), "facility")
    assert found is not None
    assert found.sites is not None
    assert (found.sites == np.round(found.sites)).all()
    assert (found.sites * 100e6 >= found.need).all()
    assert ((found.sites - 1) * 100e6 < found.need).all()


def test_the_table_by_site_says_where_the_site_is_unknown() -> None:
    """A lot without a site is "site unknown"; one at a built-in site has that site's name."""
    text = capacity.estimate(scenario_of("h200-sxm x 10"), draws=50, by="site").text()
    assert "site unknown" in text
    named = capacity.estimate(at_site("colossus-1"), draws=50, by="site").text()
    assert "xAI Colossus 1" in " ".join(named.split())


def test_paths_of_colossus_agree() -> None:
    """Count, megawatts and spend of Colossus 1 come to like numbers of chips; weights come to 1."""
    found = paths.paths("colossus-1", {}, specs=Specs(), draws=4000)
    assert [p.name for p in found.paths] == ["count", "power", "spend"]
    assert sum(p.weight for p in found.paths) == pytest.approx(1)
    assert all(c.verdict == "agree" for c in found.conflicts)
    assert any("PUE 1.3" in text for text in found.sentences)


def test_the_combined_path_is_the_weighted_mean_of_logarithms() -> None:
    """The combined number is narrower than each path and its variance is one over the sum of the inverse ones."""
    found = paths.paths("colossus-1", {}, specs=Specs(), draws=20_000)
    spreads = [float(np.log(p.chips).var()) for p in found.paths]
    expected = 1 / sum(1 / s for s in spreads)
    assert float(np.log(found.combined).var()) == pytest.approx(expected, rel=0.15)
    assert float(np.log(found.combined).var()) < min(spreads)


def test_a_site_known_by_megawatts_becomes_chips_of_a_mix() -> None:
    """A hall of 151 MW of IT feeds as many chips of a mix as its watts divided by those of a mean chip."""
    found = paths.paths("bytedance-taihang-2", read_mix("h200-sxm=0.75,h20=0.25"), specs=Specs(), draws=3000)
    power = next(p for p in found.paths if p.name == "power")
    answer = capacity.estimate(found.scenario, draws=3000, by="total", show="power.it.nameplate")
    assert np.median(power.chips * answer.draws("power.it.nameplate")) == pytest.approx(151.2e6, rel=0.01)


def test_shares_of_a_mix_come_to_one() -> None:
    """A mix that comes to more or less is refused; shares that are rounded are not."""
    for wrong in ("h100-sxm=0.7,h200-sxm=0.4", "h100-sxm=0.7", "h100-sxm,h200-sxm"):
        with pytest.raises(InputError, match=r"mix: the shares come to .* \(shares that come to 1\)"):
            paths.paths("colossus-1", read_mix(wrong), specs=Specs(), draws=10)
    assert paths.paths("colossus-1", read_mix("h100-sxm=0.33,h200-sxm=0.33,h20=0.33"), specs=Specs(), draws=10).paths


def test_a_count_of_other_chips_is_left_out_with_a_sentence() -> None:
    """Where the mix names other chips than the count reported, the page says that the count is not used."""
    found = paths.paths("colossus-1", read_mix("h200-sxm"), specs=Specs(), draws=100)
    assert [path.name for path in found.paths] == ["power", "spend"]
    assert found.sentences == ("the count reported, 100,000 h100-sxm, is left out: it is of other chips than the mix",)
    same = paths.paths("colossus-1", read_mix("h100-sxm"), specs=Specs(), draws=100)
    assert [path.name for path in same.paths] == ["count", "power", "spend"]
    assert not any("left out" in text for text in same.sentences)


def test_a_target_of_nothing_is_refused() -> None:
    """No chips are needed for 0 MW, and no other lot is blamed for it."""
    with pytest.raises(InputError, match=r"target: '0 MW' needs no chips \(more than 0\)"):
        solve.read_target("power.facility.nameplate=0 MW")


@pytest.mark.parametrize(
    ("scenario", "lot", "words"),
    [
        ("h200-china-2026-10", "licensed", "lot licensed is counted from delivered"),
        ("h200-china-2026-10", "delivered", "lot licensed is counted from delivered"),
        ("domestic-quota-2026", "approved", "lot domestic is counted from approved"),
    ],
)
def test_a_lot_that_hangs_on_another_is_not_solved_for(scenario: str, lot: str, words: str) -> None:
    """Where a lot is counted from another's chips neither is proportional to its count: refused in a line."""
    with pytest.raises(InputError, match=words):
        solve.solve(capacity.load_scenario(scenario), "power.facility.nameplate=800 MW", f"lots.{lot}.count", 10)


def test_sites_are_whole() -> None:
    """So many sites of a size are a whole number, as median and at both ends."""
    text = good("fit", "--size", "100 MW")
    [line] = [line for line in text.splitlines() if line.startswith("sites of that size")]
    assert all(number.isdigit() for number in line.split()[4:])


def test_a_wrong_count_conflicts_and_the_sentence_says_what_it_would_need(tmp_path: Path) -> None:
    """Half the chips that the megawatts feed is a conflict: the count would need twice the PUE."""
    folder = tmp_path / "sites"
    folder.mkdir()
    text = ("id: odd\nname: Odd hall\nregion: us\ncapacity_mw: {value: 181, source: s, grade: B}\n"
            "capacity_type: facility\nchips:\n  h100-sxm: {value: 50000, source: s, grade: B}\n"
            "sources:\n  s: {title: made up, kind: judgement}\n")  # fmt: skip
    (folder / "odd.yaml").write_text(text)
    found = paths.paths("odd", {}, specs=Specs((tmp_path,)), draws=4000)
    (conflict,) = found.conflicts
    assert conflict.verdict == "conflict"
    assert "PUE 2.6" in found.sentences[0]  # 181 MW / (50,000 x 1,380 W)


def test_the_subsidised_tariff_never_meets_a_foreign_chip() -> None:
    """In Gansu an Ascend pays the subsidised price; an H20 beside it, made for China by Nvidia, does not."""
    hall = {"hall": {"name": "A hall", "region": "cn-gansu"}}
    prices = {}
    for chip in ("ascend-910c", "h20", "h200-sxm", "kunlun-p800"):
        scenario = at_site("hall", chip, sites=hall)
        prices[chip] = scenario.assumption("electricity_usd_kwh", scenario.cells[0])
    assert "domestic_chips" in prices["ascend-910c"].place
    assert "domestic_chips" in prices["kunlun-p800"].place
    assert "domestic_chips" not in prices["h20"].place
    assert "domestic_chips" not in prices["h200-sxm"].place
    assert prices["h20"].quantity.high == load_grid("cn-gansu").assumptions["electricity_usd_kwh"].high


def test_money_carbon_and_water_by_hand() -> None:
    """With every input exact, cost, capital, carbon and water are those of the hand calculation."""
    values = dict(server_other_w=575, network_ratio=1.1, pue_peak=1.25, peak_share=0.8, busy_share=0.8,
                  training_share=0.5, load_training=0.9, load_inference=0.6, load_idle=0.3, pue_annual_share=0.8, 
                  server_usd=10_000, construction_usd_mw=8e6, electricity_usd_kwh=0.08, water_onsite_l_kwh=0.3,
                  water_indirect_l_kwh=4)  # fmt: skip
    sets = [
        "lots.approved.count=400000",
        "prices.h200-sxm.china=27000",
        *(f"assumptions.{n}={v}" for n, v in values.items()),
    ]
    answer = capacity.estimate(scenario_of("h200-china-2026-01", sets), draws=3)
    it = 400_000 * 1275 * 1.1  # 561 MW
    it_kwh = it * 0.8 * 0.66 / 1000 * 8766
    kwh = it_kwh * 1.2
    expected = {
        "electricity_cost": kwh * 0.08, "capex.chips": 10.8e9, "capex.servers": 4e9,
        "capex.construction": it * 1.25 * 8, "capex.total": 14.8e9 + it * 1.25 * 8,
        "carbon.combustion": kwh * 0.5306, "carbon.lifecycle": kwh * 0.582,
        "water.onsite": it_kwh * 0.3 / 1000, "water.indirect": kwh * 4 / 1000,
    }  # fmt: skip
    for address, value in expected.items():
        np.testing.assert_allclose(answer.draws(address), value, rtol=1e-12, err_msg=address)


def test_the_two_carbon_bases_have_unlike_units() -> None:
    """Combustion CO2 and life-cycle CO2e never share a unit, nor does one stand in where the other is missing."""
    answer = capacity.estimate(capacity.load_scenario(), draws=50, by="total", show="carbon")
    assert [line.unit for line in answer.lines()] == ["kg CO2", "kg CO2e"]
    shanxi = capacity.estimate(at_site("bytedance-taihang-2"), draws=50, by="total", show="carbon")
    assert [dict(line.basis)["basis"] for line in shanxi.lines()] == ["combustion"]
    assert any("the grid of cn-shanxi gives no lifecycle_kg_kwh" in note for note in shanxi.notes())


def test_a_chip_without_a_price_has_no_capital_cost() -> None:
    """No price is made up: capex of the chips and in total is absent with a note, and one can be set."""
    answer = capacity.estimate(scenario_of("ascend-910c x 10"), draws=10, by="total", show="capex")
    assert [dict(line.basis)["part"] for line in answer.lines()] == ["servers", "construction"]
    assert any("no price is known of ascend-910c" in note for note in answer.notes())
    priced = scenario_of("ascend-910c x 10", ["prices.ascend-910c.world=20000"])
    assert capacity.estimate(priced, draws=10, by="total").draws("capex.chips")[0] == 200_000


@settings(max_examples=12)
@given(cap=st.floats(0.3, 1), system=st.sampled_from(["dgx-h100", "hgx-h100-immersion"]))
def test_boundaries_and_ratings_stay_ordered_with_caps_and_cooling(cap: float, system: str) -> None:
    """Facility ≥ IT ≥ server ≥ chip and average ≤ peak ≤ nameplate, whatever the cap and the cooling."""
    more = {"assumptions": {"cap_share": {"value": cap, "source": "made-up", "grade": "D"}}}
    scenario = at_site("colossus-1", **more)
    lots = {"here": scenario.file.lots["here"].model_copy(update={"system": system})}
    data = scenario.file.model_copy(update={"lots": lots}).model_dump(
        mode="json", exclude_none=True, exclude_defaults=True
    )
    answer = capacity.estimate(join_scenario(InputFile("test", data), Specs()), draws=500, by="total", show="power")
    chain = [answer.draws(f"power.{b}.nameplate") for b in ("chip", "server", "it", "facility", "contracted")]
    for below, above in pairwise(chain):
        assert (below <= above).all()
    for boundary in ("server", "it", "facility"):
        top, peak, mean = (answer.draws(f"power.{boundary}.{r}") for r in ("nameplate", "peak", "average"))
        assert (mean <= peak).all()
        assert (peak <= top).all()


def test_fans_and_pue_move_together() -> None:
    """An immersed hall replaces the watts beside the chip and the PUE at once, and needs less than one in air."""
    site = {"name": "A hall", "cooling": "immersion"}
    wet = at_site("hall", sites={"hall": site})
    cell = wet.cells[0]
    assert {wet.assumption(n, cell).profile for n in ("server_other_w", "pue_peak")} == {"immersion"}
    dry = at_site("hall", sites={"hall": {"name": "A hall"}})
    needs = [capacity.estimate(s, draws=500, by="total").draws("power.facility.nameplate") for s in (wet, dry)]
    assert (needs[0] < needs[1]).all()


@pytest.mark.parametrize(("chip", "place"), [("gb200", "systems.gb200-nvl72"), ("l40s", "systems.l40s-8"),
                                             ("h100-sxm", "profiles.liquid")])  # fmt: skip
def test_a_halls_cooling_replaces_the_watts_of_servers_made_for_another(chip: str, place: str) -> None:
    """A liquid hall changes the watts beside an H100, rated in air; a GB200 rack has cold plates already."""
    site = {"name": "A hall", "cooling": "liquid"}
    scenario = at_site("hall", sites={"hall": site})
    lot = scenario.file.lots["here"].model_copy(update={"chip": chip})
    data = scenario.file.model_copy(update={"lots": {"here": lot}}).model_dump(
        mode="json", exclude_none=True, exclude_defaults=True
    )
    hall = join_scenario(InputFile("test", data), Specs())
    assert hall.assumption("server_other_w", hall.cells[0]).place.startswith(place)
    assert hall.assumption("pue_peak", hall.cells[0]).profile == "liquid"


def test_a_sites_own_word_is_stronger_than_its_profile() -> None:
    """A PUE that the site states replaces the profile's; the result says whose it is."""
    site = {"name": "A hall", "profile": "us-hyperscale",
            "assumptions": {"pue_peak": {"value": 1.2, "source": "made-up", "grade": "B"}}}  # fmt: skip
    scenario = at_site("hall", sites={"hall": site})
    found = scenario.assumption("pue_peak", scenario.cells[0])
    assert found.quantity.value == 1.2
    assert found.place.startswith("sites.hall.assumptions.pue_peak")


@pytest.mark.parametrize(("name", "message"), [("nowhere", "unknown site"), ("colossus", "did you mean colossus-")])
def test_an_unknown_site_or_region_is_met_at_the_door(name: str, message: str) -> None:
    """A lot at a site that nobody knows is an error with advice; so is a site in an unknown region."""
    with pytest.raises(InputError, match=message):
        at_site(name)
    with pytest.raises(InputError, match="unknown region"):
        at_site("hall", sites={"hall": {"name": "A hall", "region": "atlantis"}})


def test_every_site_and_grid_names_what_exists() -> None:
    """Each shipped site stands in a known region with known chips and profile; each grid lies in a known one."""
    specs = Specs()
    profiles = capacity.load_assumptions().profiles
    for name in specs.ids("sites"):
        site = load_site(name)
        assert site.region in specs.ids("grids"), name
        assert set(site.chips) <= set(specs.ids("chips")), name
        assert site.profile is None or site.profile in profiles, name
    for name in specs.ids("grids"):
        assert load_grid(name).within in (None, *specs.ids("grids")), name
    assert {load_site(n).operator for n in specs.ids("sites")} >= {"bytedance", "alibaba", "tencent"}


@pytest.mark.parametrize(
    ("words", "schema"),
    [
        (("solve", "--target", "power.facility.nameplate=500 MW", "--for", "lots.approved.count"), "capacity.solve/1"),
        (("fit", "--site", "hong-kong"), "capacity.fit/1"),
        (("fit", "--size", "100 MW"), "capacity.fit/1"),
        (("paths", "colossus-1"), "capacity.paths/1"),
    ],
)
def test_commands_give_json_of_their_schema_and_a_table(words: tuple[str, ...], schema: str) -> None:
    """Each command prints a table that fits and JSON that names its schema."""
    done = run(*words, "--draws", "500", "--format", "json")
    assert json.loads(done.stdout)["schema"] == schema, done.stderr
    text = run(*words, "--draws", "500")
    assert text.returncode == 0
    assert text.stdout.strip()


@pytest.mark.parametrize(
    "words",
    [
        ("fit", "--size", "100"),
        ("fit", "--site", "nowhere"),
        ("paths", "nowhere"),
        ("paths", "alibaba-zhangbei"),
        ("paths", "hong-kong", "--mix", "h200-sxm=x"),
        ("solve", "--target", "power.facility.nameplate=5 MW", "--for", "assumptions.mfu"),
        ("solve", "--target", "chips@nobody=5", "--for", "lots.approved.count"),
    ],
)
def test_what_a_user_gets_wrong_is_one_line_and_exit_1(words: tuple[str, ...]) -> None:
    """Wrong input to the siting commands ends in one line on stderr and exit code 1, never a traceback."""
    done = run(*words)
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id: x\nname: A hall\nregion: atlantis", "unknown region"),
        ("id: x\nname: A hall\nregion: us\nchips: {h999: {value: 1, source: s, grade: D}}\n"
         "sources: {s: {title: made up, kind: judgement}}", "unknown chip"),
        ("id: x\nname: A hall\nregion: us\nassumptions: {pue: {value: 1.2, source: s, grade: D}}\n"
         "sources: {s: {title: made up, kind: judgement}}", "unknown assumption"),
        ("id: x\nname: A grid\nwithin: atlantis", "unknown region"),
        ("id: x\nname: A grid\nlifecycle_kg_kwh: {value: 1, source: s, grade: D}\n"
         "sources: {s: {title: made up, kind: judgement}}", "go together"),
    ],
)  # fmt: skip
def test_a_faulty_site_or_grid_file_is_told_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    """`capacity validate` names the unknown region, chip or assumption of such a file, or a factor without its year."""
    from capacity.load import validate_file

    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        validate_file(path, Specs())


@pytest.mark.parametrize("size", ["0 MW", "0.001 W"])
def test_a_site_of_no_size_is_refused(size: str) -> None:
    """Sites of nothing cannot be counted: one line, exit 1."""
    from tests.running import run

    done = run("fit", "--size", size)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "a watt or more" in done.stderr


def test_an_answer_above_the_lots_own_ceilings_says_so() -> None:
    """The answer is what is needed; where a cap, supply or a volume cap would leave less, a note tells how often."""
    cited = {"source": "made-up", "grade": "D"}
    base = scenario_of("h20 x 1000")
    ask = "power.facility.nameplate=500 MW"

    def solved(**more: object) -> solve.Solution:
        lot = base.file.lots["lot-0"].model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        owners = {"here": {"name": "An owner"}, "there": {"name": "Another"}}
        data = base.file.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        data |= {"owners": owners, "lots": {"lot-0": lot | {"owners": list(owners)} | more}}
        return solve.solve(join_scenario(InputFile("test", data), Specs()), ask, "lots.lot-0.count", draws=200)

    free = solved()
    assert (free.ceiling, free.share_over) == (None, 0)
    assert "Note" not in str(free)
    assert "share_over_ceiling" not in free.head()
    few, many = ({"value": float(n), **cited} for n in (1000, 10_000_000))
    for more, most in (
        ({"cap_per_owner": few}, 2000), ({"supply": few}, 1000),
        ({"volume_cap": {"share": {"value": 0.5, **cited}, "of": few}}, 500),
    ):  # fmt: skip
        found = solved(**more)
        assert found.share_over == 1
        assert found.ceiling is not None
        np.testing.assert_allclose(found.ceiling, most)
        np.testing.assert_array_equal(found.chips, free.chips)
        text = " ".join(str(found).split())
        assert f"Note: in 100.0% of the worlds this is more than the lot's own {next(iter(more))} would leave" in text
        assert next(iter(more)) in found.sentence()
        assert found.head()["share_over_ceiling"] == 1
    ample = solved(supply=many)
    assert ample.share_over == 0
    assert "Note" not in str(ample)
