"""What only a browser shows: stories, and what scripts do."""
