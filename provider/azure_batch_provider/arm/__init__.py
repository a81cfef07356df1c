"""Azure Resource Manager, as far as application packages take it, and the storage that their content goes to.

By Microsoft's own clients, which are an extra of the distribution and loaded when they are needed. Plain dicts in and
out; every error that leaves is a `RequestError`.
"""
