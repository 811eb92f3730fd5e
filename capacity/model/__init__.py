"""From inputs to worlds to results: sampling, counts, the page of equations, the estimate and its summary."""
