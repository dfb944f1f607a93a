"""What the persona lab draws, one file per figure; the list is `quintant.labs.persona.figure_list`.

    timelines  A1   evidence   A2   items      A3   layers     A4   attention  A5   transcript A6   stability  A7
    sweep      changes against what was varied

    arms       the conditions that are compared, their names and colours;   sessions   scores and rows of one run
    days       the axis of days, with the events along it

A builder takes outcomes and a theme and gives an Altair chart with its caption, or raises Conflict with the reason. Every
caption says that this is a simulated persona and no clinical assessment.
"""
