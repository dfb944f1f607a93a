"""Looking inside a model whose weights are here. Everything is measured on the prompt that is scored; nothing is modelled.

    inside      attention and residual stream at the answer position (runs in the model process)
    directions  the distress direction: difference of means over own sentences, validated by leaving one out
    drift       how far the residual moved from the persona's day 0, against the noise of asking again in another order
    patching    a causal study: which layer carries the difference between two diaries

The answer position is the end of "I feel", set after the diary's last line. A remote model shows none of this, and is said so.
"""
