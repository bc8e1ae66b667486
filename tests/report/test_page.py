"""The page of a report in a browser: readable without scripts, wide or narrow, light or dark, whatever its names are."""

import io
import json
import re
import shutil
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.image import imread

from mixerkit import Recipe, train, write_report
from tests.conftest import TINY

sync_api = pytest.importorskip("playwright.sync_api", reason="the package playwright, of the extra dev, is not installed")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is found: apt-get install chromium")

LABEL, ROW, LONG = '<b>&"x', "</td><script>document.title = 'run'</script>", "y" * 120
WIDTHS = (400, 1280)
SIZES = pytest.mark.parametrize("width", WIDTHS)


def studied(folder, run):
    """A study made of copies of one run: rows and labels with names of all kinds, a failed trial, another device."""
    rows = [ROW, LONG, "plain"]
    plan = [{"id": f"c{i}{seed}", "row": row, "overlay": "", "seed": seed} for i, row in enumerate(rows) for seed in (0, 1)]
    for trial in plan[:-1]:
        copy = shutil.copytree(run, folder / "trials" / trial["id"])
        tested = json.loads((copy / "test.json").read_text())
        for i, label in enumerate((LABEL, LONG)):
            tested["labels"][i] = tested["per_class"][i]["label"] = label
        (copy / "test.json").write_text(json.dumps(tested))
    path = folder / "trials" / plan[0]["id"] / "environment.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"device": LABEL}))
    (folder / "failed").mkdir()
    (folder / "failed" / f"{plan[-1]['id']}.json").write_text(json.dumps({"message": f"{LABEL}\n{LONG}", "exit_code": 4}))
    message = {"name": LONG, "about": ROW, "rows": rows, "overlays": [""], "reference": ROW, "trials": plan}
    (folder / "plan.json").write_text(json.dumps(message))
    return folder


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page about a study and a run of it."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "tiny.yaml").write_text(TINY)
    run = train(Recipe.load(folder / "tiny.yaml"), out=folder / LABEL)
    return write_report([studied(folder / "study", run.path), run.path], folder / "page.html")


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def visit(browser, page):
    """Look at the page; what it asks for and complains about is kept in ``asked`` and ``said``."""
    contexts = []

    def visited(width=1280, scheme="light", scripts=False, media="screen"):
        size = {"width": width, "height": 900}
        contexts.append(browser.new_context(viewport=size, color_scheme=scheme, java_script_enabled=scripts))
        view = contexts[-1].new_page()
        view.asked, view.message = [], []
        view.on("request", lambda request: view.asked.append(request.url))
        view.on("console", lambda message: view.message.append(message.text))
        view.on("pageerror", lambda error: view.message.append(str(error)))
        view.emulate_media(media=media)
        view.goto(page.as_uri())
        return view

    yield visited
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scripts", [False, True])
def test_everything_is_there_without_scripts_and_nothing_is_fetched(visit, page, scripts):
    view = visit(scripts=scripts)
    heads = view.locator("h1, h2, h3").all_inner_texts()
    for part in ("Figures", "Spread", "Curves", "What differs between the recipes", "Classes and recipes", "What it ran on"):
        assert part in heads
    assert view.locator("table").count() == 2 + 1 + 4  # figures twice, mixed environments, classes of each row and of the run
    assert view.locator("svg[role=img]").count() == 1 + 2 * 4 + 4  # dots; two panels and a confusion matrix each
    assert set(view.asked) == {page.as_uri()}
    assert view.message == []


def test_names_are_text(visit):
    view = visit(scripts=True)
    assert view.title() != "run"
    assert view.locator("script, b b, td b").count() == 0
    assert ROW in view.locator("tbody th").all_text_contents()
    assert view.locator("details th", has_text=LABEL).count() > 0
    assert f"tiny, {LABEL}" in view.locator("h2").all_inner_texts()
    assert view.locator("pre.message").first.text_content() == f"{LABEL}\n{LONG}"
    assert ROW in view.locator(".about").text_content()
    assert view.locator(".spread svg").get_attribute("aria-label").startswith(f"{ROW}: mean ")
    assert LABEL in view.locator("details svg text").all_text_contents()
    assert f"{LONG[:41]}…" in view.locator(".spread svg text").all_text_contents()
    assert LABEL in view.locator("td.code").all_text_contents()  # the other device


@SIZES
@pytest.mark.parametrize("folded", [True, False])
def test_the_page_never_scrolls_sideways(visit, width, folded):
    view = visit(width, scripts=True)
    if not folded:
        view.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert view.evaluate("document.scrollingElement.scrollWidth") <= view.evaluate("innerWidth") == width
    boxes = view.evaluate("[...document.querySelectorAll('.scroll')].map(box => [box.scrollWidth, box.clientWidth])")
    assert any(inner > outer for inner, outer in boxes)  # tables are wider, and scroll in their boxes


@SIZES
def test_light_and_dark_are_drawn(visit, width):
    seen = {}
    for scheme in ("light", "dark"):
        pixels = imread(io.BytesIO(visit(width, scheme).screenshot(full_page=True)), format="png")[..., :3]
        assert len(np.unique((pixels[::3, ::3] * 15).astype(int).reshape(-1, 3), axis=0)) > 40
        seen[scheme] = pixels[4, 4].mean()
    assert seen["light"] > 0.9
    assert seen["dark"] < 0.2


def test_paper_shows_what_the_screen_folds_away(visit):
    summed = "Truth against prediction"
    assert not visit().get_by_text(summed).first.is_visible()
    assert visit(media="print").get_by_text(summed).first.is_visible()


def test_who_cannot_see_it_is_reported(visit):
    view = visit(scripts=True)
    levels = view.evaluate("[...document.querySelectorAll('h1, h2, h3, h4, h5')].map(head => Number(head.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert view.locator("th:not([scope])").count() == 0
    assert view.locator("svg:not([role=img][aria-label]):not([aria-hidden=true]):not(svg svg)").count() == 0
    assert view.locator(".scroll:not([tabindex='0'][aria-label])").count() == 0
    assert view.locator("html").get_attribute("lang") == "en"
    assert (
        view.evaluate("new Set([...document.querySelectorAll('[id]')].map(one => one.id)).size") == view.locator("[id]").count()
    )


CONTRAST = """elements => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => numbers(colour).slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const under = text => {  // the colour of the shape that a chart's text is written on
    const box = text.getBBox(), centre = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2);
    const shapes = [...text.closest('svg').querySelectorAll('path')].filter(path => path.isPointInFill(centre));
    return shapes.map(path => getComputedStyle(path).fill).filter(fill => fill !== 'none').pop();
  };
  const ground = one => {
    const colour = getComputedStyle(one).backgroundColor;
    return one.parentElement && (numbers(colour)[3] ?? 1) === 0 ? ground(one.parentElement) : colour;
  };
  return elements.filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim())).map(one => {
    const style = getComputedStyle(one);
    const [ink, paper] = one.tagName === 'text' ? [style.fill, under(one) ?? ground(one)] : [style.color, ground(one)];
    const [a, b] = [light(ink), light(paper)].sort((x, y) => y - x);
    return [(a + 0.05) / (b + 0.05), one.tagName, one.textContent.slice(0, 40)];
  }).sort((x, y) => x[0] - y[0]);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_stands_out(visit, scheme):
    """WCAG 2.1's contrast, 4.5 for text of this size."""
    view = visit(scheme=scheme, scripts=True)
    found = view.locator("body :is(h1, h2, h3, h4, p, li, a, th, td, dt, dd, span, text, summary, pre, figcaption, b)")
    measured = found.evaluate_all(CONTRAST)
    assert len(measured) > 300
    assert measured[0][0] >= 4.5, measured[:3]


PLACES = """svg => {
  const middle = one => { const box = one.getBBox(); return box.x + box.width / 2; };
  const parts = [...svg.querySelectorAll('title')].map(title => [title.textContent, middle(title.parentElement)]);
  return [parts, [...svg.querySelectorAll('text')].map(text => [text.textContent, middle(text)])];
}"""


def test_a_dot_lies_where_its_value_says(visit, page):
    dots, texts = visit(scripts=True).locator(".spread svg").evaluate(PLACES)
    summary = json.loads((page.parent / "study" / "trials" / "c00" / "summary.json").read_text())
    assert dots[0][0] == f"seed 0: {summary['test/accuracy']:.4f}"
    ticks = [(float(text), x) for text, x in texts if re.fullmatch(r"[0-9.]+", text)]
    (low, left), *_, (high, right) = sorted(ticks)
    for text, x in dots:
        value = float(text.split()[-1])
        assert x == pytest.approx(left + (value - low) / (high - low) * (right - left), abs=1)
