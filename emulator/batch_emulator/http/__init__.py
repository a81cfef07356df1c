"""The socket, authentication, and what is written back."""
