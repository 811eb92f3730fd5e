"""Chips → watts, by boundary (chip, server, IT, facility, contracted) and rating."""

from __future__ import annotations

from capacity.equations.compute import Array


def chip_nameplate(chips: Array, tdp: Array, cap_share: Array) -> Array:
    """Rated power of the chips alone, as configured [W].

    `chips * tdp * cap_share`.

    Arguments:
        chips: number of chips [1], shape (cells, draws)
        tdp: thermal design power of one chip, the cap its vendor sets [W]
        cap_share: the cap that its owner configures over that TDP, 0 to 1 [1]

    Valid as a ceiling of the chips' own draw; more than half of a facility's power may lie beside it.
    Source: definition of TDP; e.g. NVIDIA H200 data sheet, 700 W.

    >>> import numpy as np
    >>> chip_nameplate(np.array(400_000.0), np.array(700.0), np.array(1.0)) / 1e6
    np.float64(280.0)
    """
    return chips * tdp * cap_share


def server_nameplate(chips: Array, tdp: Array, cap_share: Array, other: Array) -> Array:
    """Rated power of the servers that hold the chips [W].

    `chips * (tdp * cap_share + other)`: what stands beside the chip is added, since CPUs, memory, network cards and
    fans do not grow with its TDP.

    Arguments:
        chips: number of chips [1], shape (cells, draws)
        tdp: thermal design power of one chip [W]
        cap_share: the cap that its owner configures over that TDP, 0 to 1 [1]
        other: rated watts of the server beside each chip [W]

    Valid for 8-chip boards and racks; PCIe servers and pods replace `other`.
    Source: NVIDIA DGX H100/H200 user guide (10.2 kW for eight 700 W chips: 575 W beside each),
    https://docs.nvidia.com/dgx/dgxh100-user-guide/

    >>> import numpy as np
    >>> server_nameplate(np.array(8.0), np.array(700.0), np.array(1.0), np.array(575.0))
    np.float64(10200.0)
    """
    return chips * (tdp * cap_share + other)


def it_nameplate(server_power: Array, network_ratio: Array) -> Array:
    """Rated IT power of the cluster: servers, network, storage, management [W].

    `server_power * network_ratio`.

    Arguments:
        server_power: rated power of the servers [W], shape (cells, draws)
        network_ratio: IT over server power, above 1 [1]

    Valid for clusters of some hundred chips and more.
    Source: SemiAnalysis, AI Datacenter Energy Dilemma (2024): 11,112 W per DGX H100 = 1.089 of 10,200 W,
    https://semianalysis.com/2024/03/13/ai-datacenter-energy-dilemma-race/

    >>> import numpy as np
    >>> it_nameplate(np.array(10200.0), np.array(1.1)).round(6)
    np.float64(11220.0)
    """
    return server_power * network_ratio


def facility_nameplate(it_power: Array, pue_peak: Array) -> Array:
    """Facility power on the design day: what gets built, and what a site's megawatts mean [W].

    `it_power * pue_peak`.

    Arguments:
        it_power: rated IT power [W], shape (cells, draws)
        pue_peak: facility over IT power on the design day, above 1 [1]

    Valid at the rated load; the year's mean uses the year's PUE.
    Source: ISO/IEC 30134-2:2016, Power usage effectiveness.

    >>> import numpy as np
    >>> facility_nameplate(np.array(100e6), np.array(1.25)) / 1e6
    np.float64(125.0)
    """
    return it_power * pue_peak


def contracted(facility_power: Array, contracted_ratio: Array) -> Array:
    """Grid capacity that such a facility would contract [W].

    `facility_power * contracted_ratio`.

    Arguments:
        facility_power: facility nameplate [W], shape (cells, draws)
        contracted_ratio: contracted over nameplate, above 1 [1]

    Valid as a rough range: headroom and phased building differ by site.
    Source: US EIA, Today in Energy (2024), large flexible loads, https://www.eia.gov/todayinenergy/detail.php?id=63344

    >>> import numpy as np
    >>> contracted(np.array(100e6), np.array(1.2)) / 1e6
    np.float64(120.0)
    """
    return facility_power * contracted_ratio


def peak(nameplate: Array, peak_share: Array) -> Array:
    """Highest power that is really drawn [W].

    `nameplate * peak_share`.

    Arguments:
        nameplate: rated power at any boundary [W], shape (cells, draws)
        peak_share: highest observed draw over the rating, 0 to 1 [1]

    Valid for servers under heavy work; a fleet never peaks all at once, so it is high for a fleet.
    Source: Latif et al. 2024, arXiv 2412.08602 (8.4 kW of 10.2 kW), https://arxiv.org/abs/2412.08602

    >>> import numpy as np
    >>> peak(np.array(10200.0), np.array(0.82)).round(6)
    np.float64(8364.0)
    """
    return nameplate * peak_share


def load(busy: Array, training: Array, load_training: Array, load_inference: Array, load_idle: Array) -> Array:
    """Mean draw of a fleet over its highest draw [1].

    `busy * (training * load_training + (1 - training) * load_inference) + (1 - busy) * load_idle`.

    Arguments:
        busy: share of chip-hours that run a job, 0 to 1 [1]
        training: share of busy hours that train, 0 to 1 [1]
        load_training: mean over highest draw while training, 0 to 1 [1]
        load_inference: the same while serving [1]
        load_idle: the same while powered and idle [1]

    Valid for fleets that stay powered; all shapes broadcast to (cells, draws).
    Source: weighted mean; the fractions from MLPerf Training v4.0 power logs,
    https://github.com/mlcommons/training_results_v4.0

    >>> import numpy as np
    >>> float(load(*map(np.array, (0.8, 0.5, 0.9, 0.6, 0.3))).round(6))
    0.66
    """
    return busy * (training * load_training + (1 - training) * load_inference) + (1 - busy) * load_idle


def average(peak_power: Array, load_factor: Array) -> Array:
    """Mean power over the year [W].

    `peak_power * load_factor`.

    Arguments:
        peak_power: highest power drawn, at the server or IT boundary [W], shape (cells, draws)
        load_factor: mean over highest draw, 0 to 1 [1]

    Valid for a full year in service.
    Source: definition of load factor.

    >>> import numpy as np
    >>> average(np.array(100e6), np.array(0.66)) / 1e6
    np.float64(66.0)
    """
    return peak_power * load_factor


def pue_annual(pue_peak: Array, share: Array) -> Array:
    """PUE of the year, from that of the design day [1].

    `1 + (pue_peak - 1) * share`: never above the peak, never below 1.

    Arguments:
        pue_peak: facility over IT power on the design day, above 1 [1]
        share: the year's overhead as a share of the design day's, 0 to 1 [1]

    Valid as a link between the two; both shapes broadcast to (cells, draws).
    Source: definition of PUE (ISO/IEC 30134-2:2016), overhead scaled.

    >>> import numpy as np
    >>> pue_annual(np.array(1.3), np.array(0.8)).round(6)
    np.float64(1.24)
    """
    return 1 + (pue_peak - 1) * share


def facility_average(it_average: Array, pue_of_year: Array) -> Array:
    """Mean facility power over the year [W].

    `it_average * pue_of_year`.

    Arguments:
        it_average: mean IT power [W], shape (cells, draws)
        pue_of_year: the year's PUE, above 1 [1]

    Valid for a full year in service.
    Source: ISO/IEC 30134-2:2016, Power usage effectiveness.

    >>> import numpy as np
    >>> facility_average(np.array(50e6), np.array(1.2)) / 1e6
    np.float64(60.0)
    """
    return it_average * pue_of_year
