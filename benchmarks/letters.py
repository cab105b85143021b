"""Label drawings of the Latin alphabet by the symmetry of the ideal letter.

Prints a table for ``symscope evaluate labelled DIR --labels FILE``: every letter that has an
upright mirror when printed (o l x i v w t u m) and every one that has no symmetry (f g k r), drawn
by many hands. DIR is laid out like Omniglot (Lake, Salakhutdinov and Tenenbaum, Science 350 (2015)
1332): one folder for each letter, in alphabetical order, named character01 … character26.

    python benchmarks/letters.py handwriting/images/Latin > letters.csv
    symscope evaluate labelled handwriting/images/Latin --labels letters.csv --baselines
"""

import csv
import sys
from pathlib import Path
from string import ascii_lowercase

MIRRORED = "olxivwtum"
WITHOUT = "fgkr"


def main() -> None:
    """Print the table of the folder named on the command line."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: letters.py DIR, with the folders character01 … character26 in DIR")
    folder = Path(sys.argv[1])
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(["file", "group", "has_upright_mirror", "has_mirror"])
    for number, letter in enumerate(ascii_lowercase, start=1):
        if letter in MIRRORED + WITHOUT:
            yes = int(letter in MIRRORED)
            for path in sorted((folder / f"character{number:02d}").glob("*.png")):
                table.writerow([path.relative_to(folder), letter, yes, yes])


if __name__ == "__main__":
    main()
