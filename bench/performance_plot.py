"""The plot of docs/performance.md, from docs/performance.yaml: seconds of a processor by units, both axes logarithmic."""

from __future__ import annotations

import math

import pygal
import yaml

from include.settings import REPO

_DATA, _PICTURE = REPO / "docs/performance.yaml", REPO / "docs/pictures/performance.svg"


def main() -> None:
    data = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
    chart = pygal.XY(
        title=data["title"], x_title="units", y_title="seconds of a processor", legend_at_bottom=True, dots_size=3,
        no_prefix=True, disable_xml_declaration=True, js=[], value_formatter=_plain, x_value_formatter=_plain,
    )  # fmt: skip
    chart.x_labels = [{"value": power, "label": f"{10**power:,}"} for power in range(2, 5)]
    chart.y_labels = [{"value": power, "label": f"{10**power:g}"} for power in range(-2, 4)]
    for series in data["series"]:
        points = [(math.log10(units), math.log10(seconds)) for units, seconds in series["points"].items()]
        chart.add(series["name"], points)
    _PICTURE.write_text(chart.render() + "\n", encoding="utf-8")


def _plain(power: float) -> str:
    return f"{10**power:.3g}"


if __name__ == "__main__":
    main()
