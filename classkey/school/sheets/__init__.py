"""Parent-code sheets (F2, F3): which sheets a teacher asked for, how they look, how they travel."""
