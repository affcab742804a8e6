"""How a parent's access ends by the school's hand: requests, decisions, bars and holds (F9)."""
