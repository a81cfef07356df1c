"""The language of autoscale formulas: tokens, grammar, names, values, functions, and a run. Knows no pool."""
