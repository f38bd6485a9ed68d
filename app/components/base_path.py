"""The path below which the server stands: Streamlit's `server.baseUrlPath`, which stays while the server runs."""

import streamlit as st

_SET = str(st.get_option("server.baseUrlPath") or "").strip("/")
BASE_PATH = f"/{_SET}" if _SET else ""
API = f"{BASE_PATH}/api"  # the address of the JSON routes
