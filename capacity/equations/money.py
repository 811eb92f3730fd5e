"""Chips, watts and energy → what they cost."""

from __future__ import annotations

from capacity.equations.compute import Array
from capacity.units import KWH, MW


def electricity_cost(energy: Array, price: Array) -> Array:
    """What a year of electricity costs [USD].

    `energy / 3.6e6 * price`.

    Arguments:
        energy: energy of the facility over a year [J], shape (cells, draws)
        price: price of a kilowatt-hour, all charges in [USD/kWh]

    Valid for a full year in service at one mean price; demand charges are inside the mean.
    Source: definition of the kilowatt-hour.

    >>> import numpy as np
    >>> electricity_cost(np.array(3.6e15), np.array(0.08)) / 1e6  # a terawatt-hour at 8 cents
    np.float64(80.0)
    """
    return energy / KWH * price


def capex_chips(chips: Array, price: Array) -> Array:
    """What the chips cost to buy [USD].

    `chips * price`.

    Arguments:
        chips: number of chips [1], shape (cells, draws)
        price: price of one chip as its buyer pays it [USD]

    Valid for one price per chip; a chip whose price nobody reports has none.
    Source: definition; e.g. Reuters, 31 December 2025: about 27,000 USD for an H200 in China.

    >>> import numpy as np
    >>> capex_chips(np.array(400_000.0), np.array(27_000.0)) / 1e9
    np.float64(10.8)
    """
    return chips * price


def capex_servers(chips: Array, beside: Array) -> Array:
    """What the rest of the IT costs: server, network, storage [USD].

    `chips * beside`: added per chip, as the watts are.

    Arguments:
        chips: number of chips [1], shape (cells, draws)
        beside: cost of the IT beside each chip [USD]

    Valid for clusters of 8-chip servers; racks sold whole hide the split.
    Source: Epoch AI, ai-chip-counts (Colossus 1: 32,000 USD all in per H100),
    https://github.com/epoch-research/ai-chip-counts

    >>> import numpy as np
    >>> capex_servers(np.array(1000.0), np.array(10_000.0)) / 1e6
    np.float64(10.0)
    """
    return chips * beside


def capex_construction(facility_power: Array, per_mw: Array) -> Array:
    """What the building with its power and cooling costs [USD].

    `facility_power / 1e6 * per_mw`.

    Arguments:
        facility_power: facility nameplate, which is what gets built [W], shape (cells, draws)
        per_mw: cost of shell, power and cooling per megawatt of facility power [USD/MW]

    Valid for new halls; chips that go into halls that stand cost less.
    Source: Epoch AI, ai-chip-counts (Colossus 1: 1.5 bn USD for 181 MW),
    https://github.com/epoch-research/ai-chip-counts

    >>> import numpy as np
    >>> capex_construction(np.array(181e6), np.array(8.3e6)) / 1e9
    np.float64(1.5023)
    """
    return facility_power / MW * per_mw


def capex_it(chips: Array, servers: Array) -> Array:
    """What the IT costs together: chips, and the servers, network and storage around them [USD].

    `chips + servers`.

    Arguments:
        chips: cost of the chips [USD], shape (cells, draws)
        servers: cost of the rest of the IT [USD]

    Valid where both are bought; the building is outside.
    Source: definition.

    >>> import numpy as np
    >>> capex_it(np.array(10.8e9), np.array(4e9)) / 1e9
    np.float64(14.8)
    """
    return chips + servers


def capex_total(chips: Array, servers: Array, construction: Array) -> Array:
    """What chips, the rest of the IT and the building cost together [USD].

    `chips + servers + construction`.

    Arguments:
        chips: cost of the chips [USD], shape (cells, draws)
        servers: cost of the rest of the IT [USD]
        construction: cost of the building [USD]

    Valid where all three are bought; land, financing and staff are outside.
    Source: definition.

    >>> import numpy as np
    >>> capex_total(np.array(10.8e9), np.array(4e9), np.array(5e9)) / 1e9
    np.float64(19.8)
    """
    return chips + servers + construction
