"""The ids of jobs, as text: one grammar for the jobs that clients add and those that a job schedule makes."""

from __future__ import annotations

from typing import Final

ID: Final = r"[A-Za-z0-9_-]{1,64}"
"""Pattern of the id of a pool, job schedule or task, and of a job that a client adds."""
JOB_ID: Final = rf"{ID}(?i::job-[0-9]{{1,10}})?"
"""Pattern of the id of any job: those of a schedule are called `<schedule>:job-<number>`, whatever their case."""
