"""The few operations of Azure Resource Manager that application packages take, on a port of their own.

It changes the applications that the data plane shows, and knows nothing else of the account.
"""
