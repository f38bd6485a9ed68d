from __future__ import annotations
import streamlit as st
st.set_page_config(page_title="Distillery", layout="wide", menu_items={"About":"Learn knowledge distillation by running it."})
def lab():
    with st.container(key="lab"):
        st.title("Two students, one teacher")
        with st.container(key="a"):
            st.pills("Images",["MNIST","Fashion","CIFAR-10","MNIST, all","Fashion, all"],default="MNIST",wrap=True)
            st.button("Train",type="primary",key="train")
        with st.container(key="b"):
            c=st.columns(2); c[0].write("x"); c[1].write("y")
            st.components.v2.component("x",html="<div id='r'>h</div>",js="export default function(c){\n c.parentElement.querySelector('#r').textContent='hello'}",isolate_styles=False)(key="xx",data={"a":1})
lab_page=st.Page(lab,title="Lab",url_path="",default=True)
def ab(): st.title("About")
about=st.Page(ab,title="About",url_path="about")
page=st.navigation([lab_page,about],position="hidden")
with st.container(key="masthead",horizontal=True,vertical_alignment="center"):
    st.markdown("**Distillery**",width="content")
    st.page_link(lab_page); st.page_link(about)
page.run()
