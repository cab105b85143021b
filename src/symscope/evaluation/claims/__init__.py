"""The talk's claims, measured one by one and put on one page: ``symscope reproduce``.

A claim is one small module that ends in a ``Claim``, and one line in ``claims.CLAIMS``.
"""
