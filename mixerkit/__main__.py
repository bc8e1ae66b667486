"""python -m mixerkit: the same as the command mixerkit."""

from mixerkit.cli import main

if __name__ == "__main__":
    main()
