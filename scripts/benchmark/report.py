"""Figures as text: tables that read well in a terminal and are Markdown at the same time, and the targets with their verdicts."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
import statistics

from .bench_host import Measurement
from .plan import Case, Growth, Memory, Results
from .systems import (
    EVERY_CHANGE,
    FLOOR,
    INTEGRATION,
    INTEGRATION_V201,
    LIBRARY,
    LIBRARY_V201,
    OURS,
    OURS_V201,
    SYSTEMS,
    System,
)

MOST_GROWTH = 1.05
MOST_FOR_V201 = 1.25  # times what a message of 1.6 costs
LEGEND = """\
One message = MeterValues, in the rows of 2.0.1 TransactionEvent: three phases, 12 sampled values, each value other than before.
flood: the next message when the last is answered; paced: one a second from each charge point. CPU: processor time of the whole core
process, recorder's included.
floor: socket, JSON parser, walk, one write per changed entity; no feature. ocpp library: its ChargePoint with trivial handlers; it writes no state.
integration: as installed, at most one write a second per measuring entity. integration, every change: the same, made to write every change,
which is what compares with the floor."""
GROWTH_LEGEND = """\
now ÷ before: the median of the ratios within each round. Single p99 vary by much more than 5 % on any machine; the median over all loads is the verdict."""


@dataclass(frozen=True, slots=True)
class Target:
    """One target: what is measured, the bound in words, the figure in words, and whether it is met."""

    name: str
    bound: str
    figure: str
    met: bool


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return an aligned Markdown table; the first column is text, the others are figures."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def text(cells: Sequence[str]) -> str:
        first = cells[0].ljust(widths[0])
        return "| " + " | ".join([first, *(c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True))]) + " |"

    rule = "|".join(["", "-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:]), ""])
    return "\n".join([text(lines[0]), rule, *map(text, lines[1:])])


def loads_table(results: Results) -> str:
    """Return the table of all loads."""
    head = [
        "load",
        "CPU µs/msg",
        "CPU %",
        "msg/s",
        "p50 ms",
        "p99 ms",
        "lag p99 ms",
        "lag max ms",
        "writes/msg",
        "writes/change",
    ]
    rows: list[list[str]] = []
    for case, by_system in results.loads.items():
        audits = results.audits.get(case, {})
        rows.extend(_load_row(case, system, measured, audits.get(system)) for system, measured in by_system.items())
    return table(head, rows)


def _load_name(case: Case, system: System) -> str:
    return f"{case.load} K={case.charge_points}{' + recorder' if case.recorder else ''}: {system.name}"


def _load_row(case: Case, system: System, m: Measurement, audit: dict[str, float] | None) -> list[str]:
    writes = changes = "–"
    if audit:
        total = audit["changed"] + audit["reported"]
        writes = f"{total / audit['messages']:.2f}"
        changes = f"{total / audit['changed']:.2f}" if audit["changed"] else "–"
    return [
        *(
            _load_name(case, system),
            f"{m.processor_per_message * 1e6:.0f}",
            f"{m.processor_share * 100:.1f}",
            f"{m.rate:.0f}",
        ),
        *(f"{seconds * 1e3:.2f}" for seconds in (m.p50, m.p99)),
        *(f"{seconds * 1e3:.1f}" for seconds in (m.lag_p99, m.lag_max)),
        *(writes, changes),
    ]


def memory_table(results: Results) -> str:
    """Return the table of memory and of many charge points that dial in at once."""
    count = next(iter(results.memory.values())).charge_points
    head = [
        "memory",
        "code + listener MiB",
        "KiB/entity",
        "KiB/idle charge point",
        f"{count} reconnect in s",
        "new threads",
    ]
    return table(head, (_memory_row(system.name, memory) for system, memory in results.memory.items()))


def _memory_row(name: str, m: Memory) -> list[str]:
    return [
        *(name, f"{m.server / 2**20:.1f}", f"{m.entity / 1024:.1f}" if m.entity else "–"),
        *(f"{m.charge_point / 1024:.1f}", f"{m.connect_seconds:.2f}", str(m.new_threads)),
    ]


def targets(results: Results) -> list[Target]:
    """Return all targets that the run has figures for."""
    found = list(_growth(results))
    found += _versions(results)
    if all(set(SYSTEMS) <= set(by_system) for by_system in results.loads.values()):
        found += [*_ratios(results), *_path(results), *_paced(results), *_memory(results)]
    return found


def growth_table(results: Results) -> str:
    """Return the table of ratios to the other revision, with the median over all loads."""
    rows = [
        [_load_name(case, system), *_growth_cells(growth)]
        for case, by_system in results.growth.items()
        for system, growth in by_system.items()
    ]
    rows.append(["all loads, median", *_growth_cells(_median_growth(results))])
    return table(["now ÷ before", "CPU/msg", "p50", "p99", "all ≤ 1.05"], rows)


def _growth_cells(growth: Growth) -> list[str]:
    ratios = astuple(growth)
    return [*(f"{ratio:.2f}" for ratio in ratios), "yes" if max(ratios) <= MOST_GROWTH else "NO"]


def _median_growth(results: Results) -> Growth:
    several = [astuple(growth) for by_system in results.growth.values() for growth in by_system.values()]
    return Growth(*map(statistics.median, zip(*several, strict=True)))


def _growth(results: Results) -> Iterable[Target]:
    if results.growth:
        median = _median_growth(results)
        for name, ratio in (("CPU/message", median.processor_per_message), ("p50", median.p50), ("p99", median.p99)):
            figure = f"{ratio:.3f}"
            yield Target(f"{name}, now ÷ before, median of all loads", f"≤ {MOST_GROWTH}", figure, ratio <= MOST_GROWTH)


def _versions(results: Results) -> Iterable[Target]:
    """What a TransactionEvent costs beside a MeterValues."""
    for case, by_system in results.versions.items():
        for system, growth in by_system.items() if case.load == "flood" and not case.recorder else ():
            ratio = growth.processor_per_message
            name = f"CPU/message, K={case.charge_points}, 2.0.1 ÷ 1.6, {system.name}"
            yield Target(name, f"≤ {MOST_FOR_V201}", f"{ratio:.2f}", ratio <= MOST_FOR_V201)


def _ratios(results: Results) -> Iterable[Target]:
    floods = {c.charge_points: m for c, m in results.loads.items() if c.load == "flood" and not c.recorder}
    cost = {count: {s: m.processor_per_message for s, m in by.items()} for count, by in floods.items()}
    for count, by in cost.items():
        ratio = by[EVERY_CHANGE] / by[FLOOR]
        yield Target(f"CPU/message, K={count}, every change ÷ floor", "≤ 1.6", f"{ratio:.2f}", ratio <= 1.6)
    for count, by in cost.items():
        for library, ours in ((LIBRARY, OURS), (LIBRARY_V201, OURS_V201)):
            for system in ours if library in by else ():
                ratio = by[library] / by[system]
                yield Target(f"CPU/message, K={count}, library ÷ {system.name}", "≥ 3.5", f"{ratio:.2f}", ratio >= 3.5)
    for system in OURS:
        ratio = cost[50][system] / cost[1][system]
        yield Target(f"CPU/message, K=50 ÷ K=1, {system.name}", "≤ 1.15", f"{ratio:.2f}", ratio <= 1.15)
    lag = floods[50][INTEGRATION].lag_p99 * 1e3
    yield Target("loop lag p99, K=50 flood", "≤ 30 ms", f"{lag:.1f} ms", lag <= 30)


def _path(results: Results) -> Iterable[Target]:
    """What a message causes: writes, hops, complaints."""
    for system in OURS + OURS_V201:
        audits = [audit[system] for audit in results.audits.values() if system in audit]
        changed, reported = (sum(audit[kind] for audit in audits) for kind in ("changed", "reported"))
        ratio = (changed + reported) / max(changed, 1)
        yield Target(f"writes per changed state, {system.name}", "1.00", f"{ratio:.4f}", reported == 0 < changed)
    installed = (INTEGRATION, INTEGRATION_V201)
    audits = [audit[system] for audit in results.audits.values() for system in installed if system in audit]
    interval = min(audit["shortest_interval"] for audit in audits)
    # Timers of the loop may fire up to one clock tick early.
    yield Target("seconds between writes of a measuring entity", "≥ 1", f"{interval:.3f}", interval >= 0.99)
    hops = {name for audit in audits for name in audit["hops"]}
    count = sum(sum(audit["hops"].values()) for audit in audits)
    words = f"{count} {', '.join(sorted(hops))}".strip()
    yield Target("executor hops during the floods", "0", words, count == 0)
    for kind, name in (
        ("blocking", "blocking calls"),
        ("deprecated", "deprecation warnings"),
        ("errors", "errors logged"),
    ):
        found = sum(len(results.complaints.get(system, {}).get(kind, ())) for system in installed)
        yield Target(f"{name}, from start to end", "0", str(found), found == 0)


def _paced(results: Results) -> Iterable[Target]:
    for case, by_system in results.loads.items():
        m = by_system[INTEGRATION]
        if case.load == "paced":
            share, p99 = (6, 6) if case.recorder else (3, 3)
            name = f"paced K={case.charge_points}{' + recorder' if case.recorder else ''}"
            percent, latency = m.processor_share * 100, m.p99 * 1e3
            yield Target(f"{name}: CPU of one core", f"< {share} %", f"{percent:.1f} %", percent < share)
            yield Target(f"{name}: p99 answer time", f"≤ {p99} ms", f"{latency:.2f} ms", latency <= p99)
        elif case.load == "heartbeat":
            ratio = m.processor_per_message / by_system[FLOOR].processor_per_message
            figure = f"{ratio:.2f} ({m.processor_per_message * 1e6:.0f} µs)"
            yield Target(f"CPU/Heartbeat, K={case.charge_points}, integration ÷ floor", "≤ 1.7", figure, ratio <= 1.7)
    for m, growth in results.sustained:
        name = f"flood of {m.messages / m.rate:.0f} s with recorder"
        yield Target(f"{name}: recorder's backlog", "< 1000", f"{m.backlog:.0f}", m.backlog < 1000)
        yield Target(f"{name}: growth", "≤ 10 MiB", f"{growth / 2**20:.1f} MiB", growth <= 10 * 2**20)
        yield Target(f"{name}: loop lag, max", "≤ 50 ms", f"{m.lag_max * 1e3:.0f} ms", m.lag_max <= 0.05)


def _memory(results: Results) -> Iterable[Target]:
    m = results.memory[INTEGRATION]
    entity, server = m.entity / 1024, m.server / 2**20
    for name, system in (("idle charge point", INTEGRATION), ("idle charge point of 2.0.1", INTEGRATION_V201)):
        idle = results.memory[system].charge_point / 1024
        yield Target(f"{name} beyond entities", "≤ 20 KiB", f"{idle:.1f} KiB", idle <= 20)
    ratio = m.entity / results.memory[FLOOR].entity
    yield Target("entity, integration ÷ floor", "≤ 1.4", f"{ratio:.2f} ({entity:.1f} KiB)", ratio <= 1.4)
    yield Target("code and listener over the bare core", "≤ 8 MiB", f"{server:.1f} MiB", server <= 8)
    seconds = m.connect_seconds
    yield Target(f"{m.charge_points} charge points reconnect at once", "≤ 2.5 s", f"{seconds:.2f} s", seconds <= 2.5)


def targets_table(found: Iterable[Target]) -> str:
    """Return the table of targets and verdicts."""
    return table(
        ["target", "bound", "figure", "met"], ([t.name, t.bound, t.figure, "yes" if t.met else "NO"] for t in found)
    )


def report(results: Results, heading: str) -> str:
    """Return the whole report."""
    parts = [heading, LEGEND, loads_table(results)]
    if results.memory:
        parts.append(memory_table(results))
    if results.growth:
        parts += [GROWTH_LEGEND, growth_table(results)]
    return "\n\n".join([*parts, targets_table(targets(results))])
