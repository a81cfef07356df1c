"""Stacks as each release has left them, and going on with them."""
