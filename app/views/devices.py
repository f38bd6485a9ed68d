"""The way to another device, and from one: a phrase and a link, and what becomes of them here."""

import time
from collections.abc import Mapping
from typing import Literal

import streamlit as st

from app.components.handover import handover
from app.server import identity, recovery
from app.server.api import API
from app.server.api.learners import ALONE, DELETED, GONE, LINK, MOVED, OFTEN, OUT, OWN, RENEWED, STAY, TOLD, WRONG
from app.store import Store, StoreError, shared
from app.store.learners import UNKNOWN
from app.views import errors, share
from app.views.your_data import in_words

SHOWN, FOUND, PROBLEM, TYPED, HAPPENED = "way-shown", "way-found", "way-problem", "way-typed", "way-happened"
RENEWS = "way-renews"  # the first of two presses was made
TRIES = "way-tries"  # how often something was looked up

UNDERSTOOD, STRANGE_SECONDS = "way-understood", 86_400.0  # how long a newcomer is told that the old cookie fits no more
STRANGE = (
    "**This server no longer knows who you are.** It refuses the cookie that your browser had: the server’s key was "
    "replaced, or another server answers at this address now, or the cookie was changed. So you are somebody new here. "
    "Nothing was deleted, and your old cookie is kept: when the old key is back, you are who you were. If you have "
    "your phrase, [try it on the page Progress](progress#devices). If it does not fit, tell whoever runs this server."
)
NEW = "Were you here on another device? [Go on with what you did there](#devices)."
LINES = (
    "Twelve words, or a link, make another browser yours: the same answers, the same runs, without an account. "
    "**They are for you alone.** Whoever has them is you here, so keep them like a key; to show somebody a lesson or a "
    "run, send the address of that page instead."
)
HOW = "Open the link on the other device, or point its camera at the code. Or type the phrase there, on this same page."
PHRASE_SERVES = (
    "The phrase stays the same: whatever address the other device has for this server, it can be typed there."
)
PHRASE_HELP = "Case, commas and numbers between the words do not matter; the first four letters of a word are enough."
SENTENCES = {
    MOVED: "This browser goes on with what is kept of you: {what}.",
    DELETED: "It is done: everything that was kept of you was deleted, and this browser is somebody new here.",
    RENEWED: "You have a new phrase and a new link; the old ones lead nowhere. Your other browsers stay with you.",
    ALONE: "You have a new phrase and a new link; the old ones lead nowhere, and your other browsers are signed out.",
    OUT: (
        "This browser is somebody new here. Who it was is no more: everything was deleted, or the phrase was changed "
        "and other browsers were signed out. In the second case, open the new link here."
    ),
    WRONG: recovery.NO_LINK,
    OWN: "This is your own link, and this browser is you already. Open it on the other device.",
    GONE: UNKNOWN,
    OFTEN: recovery.TOO_MANY,
}
SEEN = (
    "**The phrase and the link above stop working**, and you get new ones. Whoever became you with them already, in a "
    "browser of their own, is signed out. So are your own other browsers: open the new link there. If you are sure "
    "that nobody used the phrase, your other browsers can stay. Links to runs and images go on working."
)


# ── what has happened, and what is asked ─────────────────────────────────────────────────────────────────────────


def arrived(store: Store, learner: str) -> bool:
    """Say once what a link or a press has led to, and ask what an open link asks. Returns whether there was either."""
    token = recovery.offered(st.context.cookies)
    told = _tell(store, learner)
    asked(store, learner, token, "link")
    return told or bool(token)


def strange(cookies: Mapping[str, str]) -> None:
    """Say for a day to who is new here that this browser's earlier cookie was refused, and is kept."""
    learner = identity.learner_from(cookies)
    with errors.sentences():
        if learner is None or not identity.refused(cookies) or st.session_state.get(UNDERSTOOD):
            return
        known = shared().learners.get(learner)
        if known is None or time.time() - known["created"] < STRANGE_SECONDS:
            with st.container(key="notice-strange", gap="small"):
                st.markdown(STRANGE)
                st.button("Understood", key="strange-understood", on_click=_understand)


@errors.press
def _understand() -> None:
    st.session_state[UNDERSTOOD] = True


def newcomer(store: Store, learner: str) -> None:
    """The way back for somebody of whom nothing is kept in this browser."""
    if not store.learners.kept(learner):
        st.markdown(NEW)


def _tell(store: Store, learner: str) -> bool:
    """Whether there was something to say."""
    if happened := st.query_params.get(TOLD):
        st.query_params.clear()
        st.session_state[HAPPENED] = happened
    happened = st.session_state.get(HAPPENED)
    if happened not in SENTENCES or (happened == DELETED and store.learners.kept(learner)):
        return False
    errors.notice([SENTENCES[happened].format(what=in_words(store.learners.kept(learner)))], "notice-happened")
    return True


def asked(store: Store, learner: str, token: str | None, way: Literal["link", "phrase"]) -> None:
    """Ask whether this browser is to become the learner of a link or phrase; nothing if it is nobody's or one's own."""
    try:
        meant = store.learners.led_to(recovery.learner_of_token(token)) if token else None
    except recovery.RecoveryError:
        return
    if meant is None or meant == learner or store.learners.get(meant) is None:
        return
    with st.container(key=f"notice-asked-{way}", gap="small"):
        st.header("Is this you?", anchor=False)
        st.markdown(question(store, learner, meant, way))
        with st.container(key=f"asked-ways-{way}", horizontal=True, gap="small"):
            said = {"handle": recovery.handle_of(learner)} | ({"token": str(token)} if way == "phrase" else {})
            go, key = "Yes, go on as that learner", f"move-{way}"
            handover(f"{API}/learner/move", label=go, busy="Going over…", said=said, key=key)
            stay, key = "No, stay as I am", f"stay-{way}"
            handover(f"{API}/learner/decline", label=stay, busy="Staying…", said={}, key=key, kind="plain")


def question(store: Store, learner: str, meant: str, way: str) -> str:
    """What will happen, in sentences. way: link or phrase."""
    here = store.learners.kept(learner)
    added = f"What you did in this browser so far ({in_words(here)}) is added to theirs; nothing is lost. "
    return (
        f"This {way} belongs to a learner of whom is kept: {in_words(store.learners.kept(meant))}. "
        "If you go on, this browser "
        f"becomes that learner’s. {added if here else ''}**Go on only if the {way} is your own**: whoever else has it "
        "sees what you did and do, and can delete it. It cannot be undone."
    )


# ── the way there ────────────────────────────────────────────────────────────────────────────────────────────────


def section(store: Store, learner: str) -> None:
    """Draw the way to another device, and the field for a phrase from one."""
    with st.container(key="devices", gap="small"):
        st.header("Go on, on another device", anchor="devices")
        st.markdown(LINES)
        shown = bool(st.session_state.get(SHOWN))
        label = "Hide phrase and link" if shown else "Show my phrase and link"
        st.button(label, key="way-show", on_click=_show, args=(store, learner, not shown))
        if shown:
            _way(learner)
            _renewal(learner)
        _field(store, learner)


def _way(learner: str) -> None:
    reached = share.current_reach()
    with st.container(key="way", gap="small"):
        st.markdown("**Your phrase**")
        st.code(recovery.phrase_of(learner), None, wrap_lines=True)
        st.markdown("**Your link**")
        share.draw(f"{LINK.removeprefix('/')}#{recovery.token_of(learner)}", "way", reached)
        st.markdown(PHRASE_SERVES if reached.why else HOW)


def _renewal(learner: str) -> None:
    """A new phrase for one that was seen: asked once, then done."""
    asks = bool(st.session_state.get(RENEWS))
    if asks:
        errors.notice([SEEN], "notice-renew")
    with st.container(key="renew-ways", horizontal=True, gap="small"):
        label = "Keep this phrase" if asks else "Somebody saw it: make a new one"
        st.button(label, key="renew-ask", on_click=_ask_to_renew, args=(not asks,))
        if asks:
            address, handle = f"{API}/learner/renew", {"handle": recovery.handle_of(learner)}
            handover(address, label="New phrase, sign out others", busy="Changing…", said=handle, key="renew")
            stay = handle | {"others": STAY}
            handover(
                address, label="New phrase, others stay", busy="Changing…", said=stay, key="renew-stay", kind="plain"
            )


def _field(store: Store, learner: str) -> None:
    with st.form("way-back", border=False):
        st.text_input(
            "A phrase from another device", key=TYPED, help=PHRASE_HELP, autocomplete="off", placeholder="twelve words"
        )
        st.form_submit_button("Look it up", key="way-look", on_click=_look_up, args=(store, learner))
    asked(store, learner, st.session_state.get(FOUND), "phrase")
    if problem := st.session_state.get(PROBLEM):
        with st.container(key=f"notice-at-{TYPED}-{st.session_state[TRIES]}"):
            st.markdown(str(problem))


# ── presses ──────────────────────────────────────────────────────────────────────────────────────────────────────


@errors.press
def _show(store: Store, learner: str, shown: bool) -> None:
    if shown:
        store.learners.seen(learner)  # a phrase leads to somebody who is known here
    st.session_state[SHOWN] = shown


@errors.press
def _ask_to_renew(asked: bool) -> None:
    st.session_state[RENEWS] = asked


@errors.press
def _look_up(store: Store, learner: str) -> None:
    said = str(st.session_state.get(TYPED) or "")
    st.session_state[TRIES] = st.session_state.get(TRIES, 0) + 1
    st.session_state[FOUND], st.session_state[PROBLEM], st.session_state[HAPPENED] = None, None, None
    try:
        st.session_state[FOUND] = recovery.token_of(owner_of(said, store, learner))
    except recovery.RecoveryError as error:
        st.session_state[PROBLEM] = recovery.TOO_MANY if recovery.guesses.missed(learner) else str(error)
    except StoreError as error:
        st.session_state[PROBLEM] = str(error)


def owner_of(phrase: str, store: Store, learner: str) -> str:
    """The learner whose phrase this is. Raises RecoveryError; StoreError if they are gone, or are `learner`."""
    meant = store.learners.led_to(recovery.learner_of_phrase(phrase))
    if meant == learner:
        raise StoreError("This is your own phrase, and this browser is you already. Type it on the other device.")
    if meant is None or store.learners.get(meant) is None:
        raise StoreError(UNKNOWN)
    return meant
