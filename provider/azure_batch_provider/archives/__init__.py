"""Pulumi's assets and archives, as they stand in property values, and the zip file that becomes of them.

Knows the forms of values and files; nothing of the service, and nothing of Pulumi's runtime.
"""
