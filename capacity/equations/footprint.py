"""Energy → carbon and water, at the place where the electricity is used."""

from __future__ import annotations

from capacity.equations.compute import Array
from capacity.units import KWH


def carbon_combustion(energy: Array, factor: Array) -> Array:
    """CO2 from burning fuel for a year of electricity [kg CO2].

    `energy / 3.6e6 * factor`.

    Arguments:
        energy: energy of the facility over a year [J], shape (cells, draws)
        factor: combustion CO2 of the grid, location-based [kg CO2/kWh]

    Valid for the factor's year and grid; bought certificates change nothing here.
    Source: GHG Protocol, Scope 2 Guidance (2015), location-based method,
    https://ghgprotocol.org/scope-2-guidance

    >>> import numpy as np
    >>> carbon_combustion(np.array(3.6e15), np.array(0.5306)).round(3) / 1e6  # a TWh in China, in kt
    np.float64(530.6)
    """
    return energy / KWH * factor


def carbon_lifecycle(energy: Array, factor: Array) -> Array:
    """Greenhouse gases over the life cycle of a year of electricity [kg CO2e].

    `energy / 3.6e6 * factor`.

    Arguments:
        energy: energy of the facility over a year [J], shape (cells, draws)
        factor: life-cycle factor of the grid: fuel supply and building of plants included [kg CO2e/kWh]

    Valid for the factor's year and grid; never added to or compared with combustion CO2.
    Source: Ember in Our World in Data, https://ourworldindata.org/grapher/carbon-intensity-electricity

    >>> import numpy as np
    >>> carbon_lifecycle(np.array(3.6e15), np.array(0.582)) / 1e6
    np.float64(582.0)
    """
    return energy / KWH * factor


def water_onsite(it_energy: Array, per_kwh: Array) -> Array:
    """Water that the site itself uses in a year [m3].

    `it_energy / 3.6e6 * per_kwh / 1000`: on the IT's energy, as water usage effectiveness is defined.

    Arguments:
        it_energy: energy of the IT over a year [J], shape (cells, draws)
        per_kwh: water usage effectiveness [L/kWh]

    Valid for a year's mean; dry coolers use next to nothing, cooling towers most.
    Source: ISO/IEC 30134-9:2022, Water usage effectiveness.

    >>> import numpy as np
    >>> water_onsite(np.array(3.6e12), np.array(0.3))  # a gigawatt-hour
    np.float64(300.0)
    """
    return it_energy / KWH * per_kwh / 1000


def water_indirect(energy: Array, per_kwh: Array) -> Array:
    """Water that the power stations use for a year of electricity [m3].

    `energy / 3.6e6 * per_kwh / 1000`.

    Arguments:
        energy: energy of the facility over a year [J], shape (cells, draws)
        per_kwh: water consumed in making a kilowatt-hour [L/kWh]

    Valid as a rough range: the evaporation of reservoirs dominates it and is disputed. Never added to water on site.
    Source: Shehabi et al., LBNL-2001637 (2024),
    https://eta-publications.lbl.gov/publications/2024-lbnl-data-center-energy-usage-report

    >>> import numpy as np
    >>> water_indirect(np.array(3.6e12), np.array(4.5))
    np.float64(4500.0)
    """
    return energy / KWH * per_kwh / 1000
