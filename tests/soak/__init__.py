"""The long runs of `make soak`, each by a seed: reconciles over months, random pairs of server and program, crashes.

`python -m tests.soak` runs them and writes docs/soak.md; `tests/e2e` runs a few rounds of each.
"""
