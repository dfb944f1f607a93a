"""Fibre: the constants of a span and of the noise of its amplifier, as FUSION has them for every link.

Standard single-mode fibre in spans of 100 km, each followed by an amplifier that makes up for its loss.
"""

from __future__ import annotations

PLANCK_JS = 6.62607015e-34
LIGHT_M_PER_S = 3e8
"""Rounded, as FUSION rounds it: the band edges below depend on it."""

SPAN_KM = 100.0
ATTENUATION_PER_M = 0.2 / 4.343e3
"""Power attenuation: 0.2 dB/km in nepers per metre."""
NONLINEARITY_PER_W_M = 1.3e-3
DISPERSION_S2_PER_M = -21.3e-27
"""Group-velocity dispersion where one band is looked at."""
GVD_S2_PER_M = -22.6e-27
GVD_SLOPE_S3_PER_M = 0.14e-39
"""Group-velocity dispersion and its slope where several bands are looked at."""
RAMAN_SLOPE_PER_W_M_HZ = 0.028e-15

POWER_COUPLING_PER_M = 3.78e-9
"""Mean crosstalk gain h per metre between two neighbouring cores; FUSION's value."""

ASE_FREQUENCY_HZ = 1.9341e14
SPONTANEOUS_EMISSION = 1.8
"""Frequency and spontaneous-emission factor of the nli check's amplifier noise."""
SPONTANEOUS_EMISSION_BY_BAND = {"c": 1.77, "l": 1.99}
SPONTANEOUS_EMISSION_ELSEWHERE = 2.0

BAND_WIDTH_HZ = 6e12
"""Room that a band has above its lower edge."""
BAND_EDGE_HZ = {
    "l": LIGHT_M_PER_S / 1620e-9,
    "c": LIGHT_M_PER_S / 1565e-9,
    "s": LIGHT_M_PER_S / 1565e-9 + BAND_WIDTH_HZ,
    "e": LIGHT_M_PER_S / 1460e-9,
    "o": LIGHT_M_PER_S / 1360e-9,
}
"""Lower edge of each band. L and C as in FUSION. FUSION puts the S band at 185-190 THz, on top of its L band; here it begins
where the room of the C band ends. E and O begin where ITU-T's names for the bands begin (G-series Supplement 39)."""
