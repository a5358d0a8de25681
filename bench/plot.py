"""Draws what the bench measured as SVG: plain text, no library. Dark on white, readable in grey."""
import math
from html import escape

INK, GREY, MET, MISSED = "#222", "#888", "#14508c", "#b3541e"


class Sheet:
    def __init__(self, width, height, title):
        self.lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
                      f'height="{height}" font-family="sans-serif" font-size="13" fill="{INK}">',
                      '<rect width="100%" height="100%" fill="#fff"/>']
        self.text(16, 24, title, size=15, bold=True)

    def text(self, x, y, words, anchor="start", size=13, bold=False, colour=INK):
        weight = ' font-weight="bold"' if bold else ""
        self.lines.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}"{weight}>'
                          f"{escape(words)}</text>")

    def line(self, points, colour=GREY, width=1, dashes=""):
        path = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self.lines.append(f'<path d="M{path}" stroke="{colour}" stroke-width="{width}" fill="none"'
                          + (f' stroke-dasharray="{dashes}"' if dashes else "") + "/>")

    def bar(self, x, y, width, height, colour):
        self.lines.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>')

    def dot(self, x, y, colour):
        self.lines.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>')

    def done(self):
        return "\n".join([*self.lines, "</svg>", ""])


def speed(lines):
    """A bar a target, from the line that is to be reached: to the right of it is faster, smaller, better."""
    left, right, row, top, least, most = 420, 780, 20, 60, 0.02, 50.0
    height = top + row * len(lines) + 20
    sheet = Sheet(1000, height, "Times the target, by work (logarithmic; right of the line is met)")

    def x_of(reached):
        return left + (right - left) * math.log(min(max(reached, least), most) / least) / math.log(most / least)

    for mark in (0.1, 1, 10):
        sheet.line([(x_of(mark), top - 8), (x_of(mark), height - 20)], INK if mark == 1 else "#ddd")
        sheet.text(x_of(mark), top - 14, f"{mark:g}", "middle")
    for at, line in enumerate(lines):
        y = top + row * at
        sheet.text(left - 10, y + 13, line["work"], "end", 12)
        if line["reached"] is None:
            sheet.text(x_of(1) + 6, y + 13, "not measured", size=11, colour=GREY)
            continue
        from_x, to_x = sorted((x_of(1), x_of(line["reached"])))
        sheet.bar(from_x, y + 3, max(to_x - from_x, 1), row - 7, MET if line["state"] == "met" else MISSED)
        sign = "≥" if line["bound"] == "least" else "≤"
        sheet.text(right + 10, y + 13, f"{line['measured']:.3g} {line['unit']} ({sign} {line['target']:g})", size=12)
    return sheet.done()


def panel(sheet, left, series, title, across, scale):
    """What a unit costs by size, both logarithmic; the band is what may be: half as much again as the smallest."""
    width, top, bottom = 360, 70, 330
    each = [(size, seconds / size * scale) for size, seconds in series]
    costs = [cost for _, cost in each] + [each[0][1] * 1.5]
    low, high = math.log10(min(costs)) - 0.2, math.log10(max(costs)) + 0.2
    from_size, to_size = math.log10(each[0][0]) - 0.2, math.log10(each[-1][0]) + 0.2

    def place(size, cost):
        return (left + width * (math.log10(size) - from_size) / (to_size - from_size),
                bottom - (bottom - top) * (math.log10(cost) - low) / (high - low))

    sheet.text(left, top - 16, title, bold=True)
    sheet.line([(left, top), (left, bottom), (left + width, bottom)], INK)
    for cost, words in ((each[0][1], "the smallest"), (each[0][1] * 1.5, "1.5 times")):
        _, y = place(each[0][0], cost)
        sheet.line([(left, y), (left + width, y)], dashes="5 4")
        sheet.text(left + width, y - 5, words, "end", 11, colour=GREY)
    sheet.line([place(*point) for point in each], MET, 2)
    for size, cost in each:
        x, y = place(size, cost)
        sheet.dot(x, y, MET)
        sheet.text(x, y + 20, f"{cost:.3g}", "middle", 11)
        sheet.text(x, bottom + 18, across(size), "middle", 12)


def growth(seals, matches):
    sheet = Sheet(860, 370, "Time a unit as data grow (logarithmic)")
    panel(sheet, 40, seals, "seal: microseconds a row, by rows", lambda size: f"{size / 1e6:g} M", 1e6)
    panel(sheet, 460, matches, "match: nanoseconds a byte, by the leak", lambda size: f"{size / 1e9:.2g} GB", 1e9)
    return sheet.done()
