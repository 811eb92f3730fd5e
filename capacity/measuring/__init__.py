"""Measuring the device at hand: what is timed, on which library, at what power, and the record of it."""
