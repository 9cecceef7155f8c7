"""The app in a browser: ``make app``, or ``streamlit run streamlit_app.py``."""

from generator.app.frame import run

run()
