"""What many tasks cost, measured beside what a user would run instead: `make bench`, and README.md beside this file."""

from __future__ import annotations
