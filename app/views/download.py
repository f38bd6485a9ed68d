"""Fetching a data set that is not on this machine: the offer, the progress, and the way around."""

import streamlit as st

from app.catalog.declared import DATA, DataSet
from app.catalog.downloads import arrived
from app.catalog.families import DOWNLOADS
from app.catalog.rounding import rounded
from app.experiments.jobs import by_hand
from app.experiments.recordings import runs as recorded
from app.store import Job, Store, shared
from app.views import errors

GOING = ("queued", "running")


def why_not_here(data: DataSet) -> str:
    """A sentence for where something is disabled."""
    return f"The images of {data.in_a_sentence} are not on this machine."


def offer(data_id: str, store: Store) -> None:
    """Say that the images are missing, and offer every way to get them; live while they arrive."""
    download = store.jobs.get(data_id)
    going = download is not None and download.state in GOING
    st.fragment(run_every=1.0 if going else None)(_offer)(data_id, going)


def _offer(data_id: str, was_going: bool) -> None:
    with errors.sentences():  # the fragment also runs alone
        data, store = DATA[data_id], shared()
        download = store.jobs.get(data_id)
        going = download is not None and download.state in GOING
        if data.here or going != was_going:
            st.rerun(scope="app")
        with st.container(border=True, key=f"offer-{data_id}"):
            if download and going:
                _progress(data, download, store)
            else:
                _choices(data, download, store)


def _progress(data: DataSet, download: Job, store: Store) -> None:
    arrived, total = download.done, download.total or data.megabytes * 1_000_000
    share = min(1.0, arrived / total) if total else 0.0
    words = f"Fetching {data.in_a_sentence}: {rounded(arrived / 1e6)} of {rounded(total / 1e6)} MB"
    if download.state == "queued":
        words = f"{data.in_a_sentence} will be fetched in a moment"
    elif download.message:
        words = f"{words} · {download.message}"
    st.progress(share, text=words)
    st.button("Cancel", key=f"cancel-{data.id}", on_click=_cancel, args=(data.id, store))


def _choices(data: DataSet, download: Job | None, store: Store) -> None:
    here = " or ".join(other.name for other in DATA.values() if other.embedded)
    meanwhile = "; a recorded run is shown meanwhile" if recorded.recorded_for(data.id) else f", or choose {here}"
    st.markdown(f"**{why_not_here(data)}** Fetch them to train{meanwhile}.")
    if download and download.state == "failed":
        st.markdown(f":red[The download did not work.] {download.message}")
    elif download and download.state == "cancelled":
        st.markdown("The download was cancelled.")
    kept, whole = arrived(data.id), sum(part.size for part in DOWNLOADS[data.id].parts)
    label = f"Download ({data.megabytes} MB)"
    if kept:
        st.markdown(
            f"{rounded(kept / 1e6)} of {rounded(whole / 1e6)} MB are here from an earlier try, and stay for two weeks."
        )
        label = f"Go on downloading ({rounded((whole - kept) / 1e6)} MB)"
    with st.container(horizontal=True, gap="small"):
        st.button(label, key=f"fetch-{data.id}", on_click=_fetch, args=(data.id, store))
        _without_network(data)


def _without_network(data: DataSet) -> None:
    full = DOWNLOADS[data.id]
    with st.popover("Without a network", type="tertiary"):
        st.markdown(
            "Does a colleague or another machine have the images? Copy the file to the machine that runs Distillery. "
            "There, in the file’s folder, as the user who runs it, one command does the rest:"
        )
        st.code(by_hand("app.experiments.prepare", data.id, "--from", full.given), language=None, wrap_lines=True)
        st.markdown(f"{full.or_else} Whatever is given is compared with the official checksums. Then reload this page.")
        if data.channels == 3:
            st.markdown("Folders of pictures, as in a JPEG copy, become a data set with this one:")
            st.code(by_hand("app.images.import_images", "pictures.zip"), language=None, wrap_lines=True)


@errors.press
def _fetch(data_id: str, store: Store) -> None:
    store.jobs.request(data_id, "fetch")


@errors.press
def _cancel(data_id: str, store: Store) -> None:
    store.jobs.set(data_id, state="cancelled")
