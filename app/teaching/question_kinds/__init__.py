"""The kinds of questions, each found by the name of its file. To add one, write NAME.py here and its field,
components/js/questions/NAME.js.
"""
