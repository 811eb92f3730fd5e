"""How results are written: tables, documents, pictures, files."""
