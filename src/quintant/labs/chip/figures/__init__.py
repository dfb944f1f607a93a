"""What the chip lab draws, one file per figure; the list is `quintant.labs.chip.figure_list`.

    raster    N1    membrane  N2    weights   N3    activity  N4    energy    N5    fit       N6
    sweep     spikes, synaptic events, energy and accuracy against what was varied; replicates: nothing but the seed
    confusion what labelled samples were taken for

    populations   who is in the network, in words and colours;   course   the axis of steps, in milliseconds too, and
    what drives a run: stimuli, rewards, samples;                tables   one table of one run, or which key leaves it out

A builder takes outcomes and a theme and gives an Altair chart with its caption, or raises Conflict with the reason.
"""
