"""Values, bodies, changes and mistakes of every model, generated from the models alone: no list of properties is kept.

`scalars` to `bodies` draw whole valid bodies for hypothesis; `samples` has two values of each property, `changes` every
change of a body, `breakages` every mistake. `settling` and `ignoring` say again what the service does with a body, so
that the provider does not vouch for itself.
"""
