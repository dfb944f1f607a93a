"""What the optical lab draws, one file per figure; the list is `quintant.labs.optical.figure_list`.

    blocking      O3: load_curve (several loads) or one_load (replicates of one)
    topology_map  O1: layout places nodes and words
    spectrum      O2    convergence  O4    course  O5    reasons  O6

    replicates    outcomes folded into points;  measure  blocking as series over load
    tables        rows of a Run's tables;       references  published values, Erlang B

A builder takes outcomes and a theme and gives an Altair chart with its caption, or raises Conflict with the reason.
"""
