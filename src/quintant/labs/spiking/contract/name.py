"""The name of the lab and of its contract in the store."""

LAB = "spiking"
