"""What the federated lab draws, one file per figure; the list is `quintant.labs.federated.figure_list`.

    accuracy  F1    attack_success  F2    scores  F3    confusion  F4    removals  F5    split  F6    matrix  M

    trials    outcomes folded into trials (one strategy of one config with its replicates), and how they are called
    rounds    a quantity by round over replicates;  attacks  the schedule in words and as shaded rounds

Attackers (the truth, from the schedule) are vermillion and dashed; who is left out (the defence's belief) is hatched or
crossed. A builder takes outcomes and a theme and gives an Altair chart with its caption, or raises Conflict with the reason.
"""
