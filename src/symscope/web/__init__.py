"""The page: a local server, the worker processes that it asks, and what the browser shows.

``server`` is one launch, ``app`` the addresses, ``security`` who is let in and how much at a time,
``store`` the folder, ``jobs`` the queue. The server never decodes a picture and never imports JAX.
Two processes do (``worker``): ``scorer`` scores, ``preview`` sketches; ``show`` says what the
browser is given of a score, ``play`` what can be heard. They are asked in JSON lines (``process``)
and can be killed at any moment.
"""
