"""The app: pages in a browser over the same library as the commands'. ``streamlit_app.py`` runs it."""

__all__: list[str] = []
