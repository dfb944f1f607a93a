"""For tests only: a scripted language model, used when a config names it and never otherwise."""
