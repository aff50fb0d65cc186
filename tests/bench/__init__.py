"""The promises of oxtui in numbers, each beside what it is measured against.

`python -m tests.bench` measures all of them and prints the table; `--short` takes under a minute.
`pytest -m bench -n 0` runs the short version, and fails where a promise is missed by far.
"""
