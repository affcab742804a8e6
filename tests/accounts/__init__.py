"""Who people are: the rules that know nothing of pages."""
