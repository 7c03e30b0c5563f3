"""Exercises: a script of what happens, two stations in memory, and a debrief against the clocks.

An exercise is a line of its own: fresh keys, an accord that says EXERCISE, and no way to any other
line. The clock is an argument, so that a night may be played in a minute.
"""
