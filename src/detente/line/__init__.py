"""The protocol core of a line: pure, symmetrical, synchronous.

Bytes become messages in `canonical` and `message`; what may follow what stands in `rules` as
tables; `state` is the fold of a journal's entries; `decide` says what to write down; `reader` and
`frame` say what to tell whom. Nothing here has a clock, dice, a socket, a disk or a log.
"""
