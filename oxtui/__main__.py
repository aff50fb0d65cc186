"""`python -m oxtui`."""

from oxtui.cli import main

if __name__ == "__main__":
    main(prog_name="oxtui")
