"""Where the texts and panels of a figure are, and whether they keep clear of each other."""

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text


def boxes_of(figure):
    """Where the page's texts, and its panels with all that belongs to them, are, in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer, (page, *panels) = canvas.get_renderer(), figure.axes
    texts = {text.get_text(): text.get_window_extent(renderer) for text in page.texts}
    return texts, [panel.get_tightbbox(renderer) for panel in panels]


def assert_in_place(figure):
    """No text and no panel leaves the page, and no two overlap."""
    texts, panels = boxes_of(figure)
    width, height = figure.canvas.get_width_height()
    texts = {said: box for said, box in texts.items() if said.strip()}
    named = [*texts.items(), *((f"panel {i}", box) for i, box in enumerate(panels))]
    assert len(named) > 3
    for said, box in named:
        assert box.x0 >= 0, said
        assert box.y0 >= 0, said
        assert box.x1 <= width, said
        assert box.y1 <= height, said
    for (one, box), (other, its) in combinations(named, 2):
        assert not box.overlaps(its), (one, other)


def words(figure):
    """All texts of the figure, on one line each, formulas as they are typed."""
    found = (" ".join(text.get_text().split()) for text in figure.findobj(Text))
    return [text.translate({ord(c): None for c in "${}"}) for text in found if text]
