"""Folders of files: what is in them, how they import each other, and how a converted copy is written."""
