"""What is measured from spikes, weights and inputs: pure functions of NumPy arrays, without clock, randomness or I/O.

    window       burn-in, bins            intervals    inter-spike intervals per neuron: rates, CV
    rates        population rates         correlation  auto- and cross-correlation, coherence (5 ms bins, as Pinglab)
    spectrum     Welch; Pinglab's peak; the rhythm's peak on 1 ms bins, with the rule that tells it from background
    synchrony    do cells make that peak together, or each by itself at the same pace
    lagged       lagged coherence         timing       by how much I follows E
    decode       low-pass, envelope, how well they agree
    weights      histograms, blocks, heat map of a weight matrix
    measures     all of the above of one run, as metrics and tables: what the engine's result holds

Spikes are two arrays of equal length, sorted by time: `time_ms` [n] float and `neuron` [n] int. A population is the ids
`first … first + size - 1`. Times are milliseconds, rates are Hz per neuron.
"""
