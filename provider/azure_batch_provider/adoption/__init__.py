"""What an account has, as a program of Pulumi and the file that imports it: the command `azure-batch-adopt`.

It reads, and what it writes are two files. Resources are read as an import reads them, so that a plan of the program
shows no change once they are imported.
"""
