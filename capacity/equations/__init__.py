"""The equations: pure functions of SI numbers or arrays, one published relation each."""
