"""`make check-systems`: every mistake in the files of all systems, each a sentence with file and line; exit 1 where there is one."""

from __future__ import annotations

from include.schemes.loader import scheme_names
from include.schemes.unsound import unsound_systems


def main() -> None:
    if sentences := unsound_systems():
        print(*sentences, sep="\n")
        raise SystemExit(1)
    print(f"{len(scheme_names())} 个制度的文件都没有错误：{'、'.join(scheme_names().values())}。")


if __name__ == "__main__":
    main()
