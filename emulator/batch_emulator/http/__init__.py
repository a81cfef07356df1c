"""The socket, who may come in, and what is written back."""
