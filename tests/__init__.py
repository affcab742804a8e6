"""The tests mirror the house; plugins/ holds what they share."""
