"""`python -m api` is `gongwu`."""

from api.cli import main

main()
