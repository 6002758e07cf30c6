"""What each subcommand does once its words are understood: builds what it needs, asks, and gives the answer back.

A module per subcommand, imported when it is typed; `apis`, `errors`, `files`, `parts` and `posting` serve them.
"""
