"""What becomes of each resource by each operation of the engine, whatever is on the server: data, and a page of it."""
