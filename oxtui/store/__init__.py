"""The shared core: the files of an Oxios store, without any user interface."""
