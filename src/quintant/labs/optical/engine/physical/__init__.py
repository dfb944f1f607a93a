"""The physical layer: what a lightpath's signal is worth at the far end, given what else is lit.

| `snr` | file | judged by |
|---|---|---|
| nli | nli | amplifier noise and non-linear interference, optionally EGN-corrected and with crosstalk |
| crosstalk | crosstalk | inter-core crosstalk |
| gsnr | gsnr, isrs | generalised SNR; on several bands with stimulated Raman scattering |
| external | external | look-up arrays |
"""
