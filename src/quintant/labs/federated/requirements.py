"""What an aggregation rule requires of n, f and m so that its guarantee holds, in one place for config, door and engine."""

from __future__ import annotations

from quintant.labs.federated.names import KRUM_FAMILY


def most_attackers(keyword: str, paper_exact: bool, n: int) -> int | None:
    """The largest f that the rule allows among n participants (0 where it allows none); None where it names no limit.

    Krum: n >= 2f + 3 (Blanchard et al. 2017); Bulyan of the paper: n >= 4f + 3 (El Mhamdi et al. 2018). InteFL's Bulyan takes
    its f from m, see `unmet`.
    """
    if keyword in KRUM_FAMILY:
        return max(0, (n - 3) // 2)
    if keyword == "bulyan" and paper_exact:
        return max(0, (n - 3) // 4)
    return None


def unmet(keyword: str, paper_exact: bool, n: int, f: int, m: int) -> str | None:
    """Which condition of the rule n participants, f attackers and m selections do not meet; None where all are met."""
    if keyword == "bulyan" and not paper_exact:
        cuts, odd = divmod(n - m, 2)
        if odd:
            return f"n - m = {n} - {m} is odd"
        if cuts < 0 or n <= 4 * cuts + 2:
            return f"n = {n} and m = {m} do not satisfy m <= n and n > 2(n - m) + 2"
    if keyword == "bulyan" and paper_exact and n < 4 * f + 3:
        return f"n = {n} is less than 4f + 3 = {4 * f + 3}"
    if reads_f(keyword, paper_exact) and keyword in KRUM_FAMILY and n < 2 * f + 3:
        return f"n = {n} is less than 2f + 3 = {2 * f + 3}"
    return None


def reads_f(keyword: str, paper_exact: bool) -> bool:
    """Whether the rule reckons with f: InteFL's Multi-Krum looks at m - 2 neighbours whatever f is."""
    return keyword == "krum" or (paper_exact and keyword in (*KRUM_FAMILY, "bulyan"))


def bound(keyword: str, paper_exact: bool, n: int, f: int, m: int, cut: int) -> str:
    """What the rule promises of a round of n in which at most f lie, in words; "none: …" where it promises nothing.

    `cut`: how many values the trimmed mean drops at each end. A bound is a theorem of the rule's paper, not a measurement.
    """
    why = unmet(keyword, paper_exact, n, f, m)
    if why is not None:
        return f"none: {keyword} cannot be applied where {why}"
    if keyword == "median":
        return f"within the honest values of every coordinate while at most {(n - 1) // 2} of {n} lie"
    if keyword == "trimmed_mean" and cut:
        return f"within the honest values of every coordinate while at most {cut} of {n} lie"
    if keyword == "bulyan":
        held = f if paper_exact else (n - m) // 2
        return (
            f"near the honest values of each coordinate while at most {held} of {n} lie" if held else "none: it expects nobody"
        )
    if keyword == "krum" or (keyword in KRUM_FAMILY and paper_exact):
        return f"near the honest while at most {f} of {n} lie" if f else "none: it expects nobody"
    if keyword == "rfa":
        return f"within a multiple of the honest spread while at most {(n - 1) // 2} of {n} lie"
    return f"none: no bound is known for {keyword}, and one update may move it"
