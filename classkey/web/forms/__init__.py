"""Forms: what a person types, checked as far as it can be without a rule of the school."""
