"""`python -m quintant.cli`, where the script is not on the path."""

from quintant.cli import main

main()
