"""Properties that hold for every generated body: equality, plans, round trips, what is read back, what is refused."""
