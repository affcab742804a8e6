"""Who people are: accounts, roles, sign-up and sign-in (P1, P2). Knows nothing of places."""
