"""How the states of pools, jobs and tasks move."""
