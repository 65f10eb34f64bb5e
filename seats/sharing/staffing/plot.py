"""Connect rate over seats, alone and shared, as an SVG."""

import pygal
from pygal.style import Style

from routing.areas import AreaTree
from seats.sharing.plan import Plan
from seats.sharing.staffing import simulation
from seats.sharing.staffing.table import HANDLING, LOADS, PATIENCE, calls_of, spread

_STEPS = (0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
"""Seats at work for each seat's worth of work there is."""


def plotted(tree: AreaTree, plan: Plan, *, hours: float, seed: int) -> str:
    """The drawing as text: one line a load and a way of working."""
    chart = pygal.XY(
        title="Connected callers over seats",
        x_title="seats",
        y_title="connected, %",
        show_dots=True,
        style=Style(font_family="sans-serif"),
        width=900,
        height=500,
        disable_xml_declaration=False,
    )
    for load, an_hour in LOADS.items():
        calls = calls_of(tree, an_hour)
        callers = simulation.day(calls, hours, HANDLING, PATIENCE, seed)
        work = an_hour * HANDLING / 3600
        for how, rule in (("alone", simulation.alone(plan)), ("shared", plan)):
            points = []
            for step in _STEPS:
                seats = spread(round(work * step), calls)
                whole = simulation.total(simulation.simulate(callers, seats, rule))
                points.append((sum(seats.values()), round(100 * whole.rate, 2)))
            chart.add(f"{load}, {how}", points)
    drawn: str = chart.render(is_unicode=True)
    return drawn
