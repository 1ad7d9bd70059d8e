"""SemST: spatial domains in spatial transcriptomics, with the meaning of genes built in."""

from importlib.metadata import version

__version__ = version("semst")
