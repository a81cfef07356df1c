"""Command lines that really run: their processes, their files, and what they see of the node that they run on."""
