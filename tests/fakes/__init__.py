"""What stands in for slow or distant parts of symscope in tests, a module for each such part.

===============  ==============================================================================
``claims``       claims of the talk that are measured in no time, with a rule and a drawing
``engine``       an engine of collections whose rows follow from a file's bytes; as a program, a
                 run that can be killed
``fields``       scores of a signal, a volume, a function and samples, with everything in them
``page_worker``  the desk of the local page's worker process, which does as a file's name says
``rows``         rows of a collection's table, and the pictures behind them
``scores``       scores of pictures and sounds, and failures; nothing is trained
``serving``      the local page on a port of its own, and a client that is let in
``small``        decoys of few steps, plain pictures, classifiers that have learned nothing
``training``     an observer in the place of a data set's decoys, and a plan of a few templates
``worker``       what runs on Dask's workers, which does as a file's content says
===============  ==============================================================================

Where what is tested takes its slow part as an argument (an engine, a command, a ``read``), a test
gives it a fake there. This module imports nothing: a worker process that imports one of the fakes
must start at once.
"""
