"""The picture of the README, from the results of a run: throughput beside the references, and latencies, as an SVG.

It brings its own background, light or dark as the reader's system is, so it can be read on any page.
"""
from html import escape

WIDTH = 860
LEFT, BAR_LEFT, BAR_RIGHT = 28, 320, 680
BAR, PAIR_GAP, ROW_GAP = 13, 3, 15

STYLE = """
  svg { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif }
  .card { fill: #ffffff; stroke: #d0d7de } .text { fill: #1f2328 } .faint { fill: #59636e }
  .ours { fill: #c2410c } .reference { fill: #afb8c1 } .head { font-weight: 600; font-size: 15px }
  @media (prefers-color-scheme: dark) {
    .card { fill: #0d1117; stroke: #3d444d } .text { fill: #f0f6fc } .faint { fill: #9198a1 }
    .ours { fill: #f0883e } .reference { fill: #656c76 }
  }
"""

THROUGHPUT = [
    ("Orders over HTTP, orders a second", ["http 64", "http 256"]),
    ("Streams, files and events, a second", ["batch", "spool", "outbox", "statistics 1000", "statistics 200000"]),
]
PERCENTILES = [("p50", "p50"), ("p90", "p90"), ("p99", "p99"), ("p999", "p99.9")]
LATENCY = [
    ("POST /orders", "latency", "ours, {} ms"),
    ("201 until the statistics show it", "end to end", "visible, {} ms"),
]


class Drawing:
    def __init__(self):
        self.parts = []
        self.y = 34

    def text(self, x, y, content, kind="text", anchor="start"):
        self.parts.append(f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}" text-anchor="{anchor}">{escape(content)}</text>')

    def head(self, content):
        self.text(LEFT, self.y, content, "text head")
        self.y += 16

    def bar(self, value, largest, kind, label):
        width = max(2, (BAR_RIGHT - BAR_LEFT) * value / largest)
        self.parts.append(
            f'<rect x="{BAR_LEFT}" y="{self.y}" width="{width:.1f}" height="{BAR}" rx="2" class="{kind}"/>')
        self.text(BAR_LEFT + width + 6, self.y + 11, label, "text" if kind == "ours" else "faint")
        self.y += BAR + PAIR_GAP


def draw(data):
    drawing = Drawing()
    for head, cases in THROUGHPUT:
        rows = [first(data, case) for case in cases]
        draw_throughput(drawing, head, [row for row in rows if row])
    draw_latency(drawing, data)
    machine = data["machine"]
    drawing.text(
        LEFT, drawing.y + 4,
        f"{machine['processor']}, {machine['cores']} cores for daemons, servers and load together; {data['at'][:10]}",
        "faint")
    height = drawing.y + 24
    body = "\n".join(drawing.parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label="Throughput beside the references, and latency percentiles">\n<style>{STYLE}</style>\n'
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8" class="card"/>\n{body}\n</svg>')


def first(data, case):
    """The row of a case that is judged first: with events published, without external ids."""
    return next((row for row in data["rows"] if row["case"] == case and "ratio" in row), None)


def draw_throughput(drawing, head, rows):
    if not rows:
        return
    drawing.head(head)
    largest = max(max(row["ours"], row["reference"]) for row in rows)
    for row in rows:
        drawing.text(LEFT, drawing.y + 11, row["title"].split(", backlog")[0])
        drawing.text(LEFT, drawing.y + 27, "beside " + row["referenceName"], "faint")
        drawing.bar(row["ours"], largest, "ours", f"{row['ours']:,.0f}  ({row['ratio']:.2g}×)")
        drawing.bar(row["reference"], largest, "reference", f"{row['reference']:,.0f}")
        drawing.y += ROW_GAP
    drawing.y += 14


def draw_latency(drawing, data):
    for title, case, what in LATENCY:
        measured = data["measurements"].get(case)
        if not measured:
            continue
        drawing.head(f"{title}, at a steady 2,000 orders a second, milliseconds")
        values = [(name, measured[what.format(key)]["median"]) for key, name in PERCENTILES]
        for name, value in values:
            drawing.text(BAR_LEFT - 12, drawing.y + 11, name, "faint", "end")
            drawing.bar(value, max(value for _, value in values), "ours", f"{value:.3g}")
        drawing.y += 24
