"""The catalogue of diagnostic codes, one module per family. Read it through ``starcheck.diagnostic.catalogue``."""
