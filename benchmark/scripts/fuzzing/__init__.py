"""Damaged and hostile input: how it is made, who reads it, and what becomes of it."""
