"""Sites, grids and the weakest assumptions → lists and pages."""

from __future__ import annotations

from typing import Any

from capacity import load
from capacity.document.rows import dumps
from capacity.load import Specs
from capacity.writing.catalogue import _sheet as sheet
from capacity.writing.catalogue import _stated as stated


def sites(specs: Specs) -> list[dict[str, Any]]:
    """A row per site: whose, where, how many megawatts of which kind."""
    found = [load.load_site(name, specs) for name in specs.ids("sites")]
    return [
        {
            "id": s.id, "operator": s.operator or "", "MW": stated(s.capacity_mw) or "not published",
            "of": s.capacity_type if isinstance(s.capacity_type, str) else "a mixture",
            "chips": [f"{q.stated} {chip}" for chip, q in s.chips.items()], "region": s.region, "place": s.place,
        }
        for s in found
    ]  # fmt: skip


def grids(specs: Specs) -> list[dict[str, Any]]:
    """A row per grid: its carbon factors with their years, and what a kilowatt-hour costs there."""
    found = [load.load_grid(name, specs) for name in specs.ids("grids")]
    return [
        {
            "id": g.id, "kg CO2/kWh": stated(g.combustion_kg_kwh), "year": g.combustion_year,
            "kg CO2e/kWh, life-cycle": stated(g.lifecycle_kg_kwh), "its year": g.lifecycle_year,
            "USD/kWh": stated(g.assumptions.get("electricity_usd_kwh")),
            "domestic chips only": stated(g.domestic_chips.get("electricity_usd_kwh")), "name": g.name,
        }
        for g in found
    ]  # fmt: skip


def site_page(name: str, specs: Specs, format_: str, width: int) -> str:
    """Everything that is known of a site."""
    return _page("site", load.load_site(name, specs), format_, width)


def grid_page(name: str, specs: Specs, format_: str, width: int) -> str:
    """Everything that is known of a grid."""
    return _page("grid", load.load_grid(name, specs), format_, width)


def _page(kind: str, part: Any, format_: str, width: int) -> str:
    figures = {".".join(map(str, place)): quantity for place, quantity in load.quantities(part)}
    if format_ == "json":
        return dumps({"schema": f"capacity.{kind}/1", **part.model_dump(mode="json", exclude_none=True)})
    plain = part.model_dump(mode="json", exclude_defaults=True, exclude={"sources", "note", "name"})
    facts = [f"{key} {value}" for key, value in plain.items() if isinstance(value, (str, int))]
    return sheet([part.name, *facts], figures, part.sources, part.note, width)
