"""The support desk (F8 to F10, A1, A8), for administrators with a second factor."""
