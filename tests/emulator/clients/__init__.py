"""Microsoft's other clients, each in an environment of its own: what they need, and what they do when they are run."""
