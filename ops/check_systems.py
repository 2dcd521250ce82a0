"""`make check-systems`: every mistake in the files that ops edit as they lie there, in force or not yet: those of all systems, days off,
offices, persons and the office's own; each a sentence with file and line, exit 1 where there is one."""

from __future__ import annotations

from include.in_force import reading_edition
from include.schemes.loader import scheme_names
from include.steps.taking_up import proposed


def main() -> None:
    edition, sentences = proposed()
    if sentences:
        print(*sentences, sep="\n")
        raise SystemExit(1)
    with reading_edition(edition):
        names = scheme_names().values()
    print(f"{len(names)} 个制度的文件都没有错误：{'、'.join(names)}。")


if __name__ == "__main__":
    main()
