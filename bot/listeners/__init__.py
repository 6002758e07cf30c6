"""EDGE: a person asks. Parse, load, analyse, render, respond."""
