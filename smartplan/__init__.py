"""smartplan: trade plans as code for 3Commas smart trades."""

__all__ = ["__version__"]

__version__ = "0.1.0"
