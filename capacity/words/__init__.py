"""Words as people write them → numbers, hedges, names, claims."""
