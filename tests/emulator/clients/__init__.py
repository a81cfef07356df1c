"""Programs of other people's clients, and the environments of those clients that cannot live in ours."""
