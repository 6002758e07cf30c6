"""The command line as a new interpreter finds it, with none of the bot's modules loaded: `python anew.py report`.

In a fork of a Python that has loaded them it forgets them first; the libraries stay.
"""

import sys

for name in [name for name in sys.modules if name.partition(".")[0] == "bot"]:
    del sys.modules[name]

from bot.__main__ import main  # noqa: E402 -- once they are forgotten

if __name__ == "__main__":
    main()
