"""The page: a local server, the worker processes that it asks, and what the browser shows.

The server (``app``) never decodes a picture and never imports JAX. Two processes do (``worker``):
one scores, one sketches previews. They are asked in JSON lines and can be killed at any moment.
"""
