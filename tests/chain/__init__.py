"""The life of every property of every resource, the same through each door: its links, its entities, what must be said.

The chain test of `tests/e2e` runs it on the real engine through the plugin, that of `tests/dynamic` through the dynamic
providers in this process.
"""
