"""Answers as documents: blocks, the words and numbers in them, and a writer for each format."""
