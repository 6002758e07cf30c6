"""`python -m bot` is `claudecost`."""

from bot.cli import main

if __name__ == "__main__":
    main()
