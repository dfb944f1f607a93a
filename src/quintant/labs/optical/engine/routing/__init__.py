"""Routing: which paths a request is offered, and in which order.

A Router gives Candidates for a pair of nodes; for each of them `options` lists the formats to try at some bit rate. The static
ones read the Plan's candidates; the others look at the spectrum and find one path by link costs. `router` builds the one
that a Config names.

| Config | file | candidates |
|---|---|---|
| k_shortest_path, shortest_path, external_ksp | static | the Plan's |
| congestion_aware, least_congested | congestion | sorted by occupancy and length; the least loaded of all short paths |
| fragmentation_aware | fragmentation | one path of least fragmentation |
| nli_aware | interference | one path of least non-linear interference |
| xt_aware | crosstalk | one path of least crosstalk |
| 1plus1_protection | disjoint | pairs of disjoint paths |

`protection` "link" or "node" adds a disjoint backup to whatever the others offer (`disjoint.Protected`).
"""
