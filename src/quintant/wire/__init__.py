"""Wire: what contracts are made of. A contract serves another project's HTTP interface unchanged, on top of a lab.

    contract.py   Contract: what a lab's dialect is, as one frozen value that `Lab.contract` names
    facade.py     the runs facade as handlers see it, by shape: a lab knows no platform module by name
    body.py       the JSON of a request, read strictly
    reader.py     the table of `Wire` keys by which it becomes a native config; coercion.py: what passes for a number
    refusal.py    how a dialect words its refusals
    route.py      routes that refuse in their dialect's words, and the answers of the others
    sse.py        Server-Sent Events, closed in order when the server stops
    times.py      times as wires write them

docs/contracts/writing.md tells how a contract is written.
"""
