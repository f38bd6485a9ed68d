"""A browser translates the page while it is used: nothing stops, numbers go on, and what is a name stays one."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.conftest import OpenPage, params
from tests.waiting import wait_for

TRANSLATE = Path(__file__).with_name("translated.js").read_text(encoding="utf-8").partition(";")[2]
# What React does with texts of its own that are in the page no more; answers what is read at last.
AS_REACT = """async () => {
    const place = document.body.appendChild(document.createElement('p'))
    const [first, second, third] = ['one ', 'two ', 'three'].map((word) => place.appendChild(new Text(word)))
    const settled = () => new Promise((resolve) => requestAnimationFrame(resolve))
    await settled()
    const translated = place.textContent
    for (const one of place.querySelectorAll(':scope > font')) one.replaceWith(one.cloneNode(true))  // once more,
    await settled()
    place.lastChild.replaceWith(new Text('three'))                // or it is shown as it was, and then translated
    await settled()
    second.nodeValue = '2 '                                       // a text is rewritten,
    await settled()
    place.insertBefore(new Text('new '), third)                   // one comes before another,
    place.removeChild(first)                                      // and one goes
    await settled()
    place.hidden = true
    return [translated, place.textContent]
}"""


def test_a_translated_page_goes_on(opened: OpenPage) -> None:
    page = opened()
    assert page.evaluate("document.documentElement.lang") == "en"
    page.evaluate(TRANSLATE)
    expect(page.locator("h1")).to_have_text("‹Two students, one teacher›")
    assert page.evaluate(AS_REACT) == ["‹one ›‹two ›‹three›", "‹2 ›‹new ›‹three›"]
    dial = page.locator(".dials input").first
    said = page.locator(".dials output").first
    before, address = said.inner_text(), params(page)
    dial.focus()
    page.keyboard.press("End")
    expect(said).not_to_have_text(before)
    wait_for(lambda: params(page) != address)  # the server has heard of it
    page.get_by_role("link", name="Progress").click()
    page.get_by_role("button", name="Show my phrase and link").click()
    phrase = page.locator("[data-testid=stCode]").first
    expect(phrase).to_be_visible()
    assert "‹" not in phrase.inner_text() and len(phrase.inner_text().split()) == 12
    page.get_by_role("button", name="Hide phrase and link").click()
    expect(page.locator("[data-testid=stCode]")).to_have_count(0)
    page.get_by_role("link", name="Lab").click()
    expect(page.locator("h1")).to_have_text("‹Two students, one teacher›")
    assert page.locator(".st-key-brand").inner_text() == "Distillery"
