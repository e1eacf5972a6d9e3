"""What several rules know: locks, types, volatility, what is in use, and how to say what to do instead."""
