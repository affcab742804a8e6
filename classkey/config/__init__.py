"""Settings, addresses and the server's entry point. Nothing imports this package."""
