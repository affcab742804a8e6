"""What is held about a person: exported, and erased; and accounts that are deactivated (A8, P7)."""
