"""EDGE: the clock asks. Fetch, save, analyse, render, post."""
