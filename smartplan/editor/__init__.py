"""The language server: what an editor shows and offers of plans, while they are being written."""
