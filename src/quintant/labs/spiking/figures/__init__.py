"""What the spiking lab draws, one file per figure; the list is `quintant.labs.spiking.figure_list`.

    raster    P1    rate      P2    spectrum  P3: replicates give its band    timing  P4: replicates give its band
    membrane  P5    weights   P6    sweep     the rhythm against one swept key; sweep_map against two

    circuit   who is in the network, in words and colours;  spikes  the spike table;  strip  the burn-in's hatch
    curves    the mean curve over replicates and its interval

A builder takes outcomes and a theme and gives an Altair chart with its caption, or raises Conflict with the reason.
"""
