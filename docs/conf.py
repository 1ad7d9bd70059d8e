"""The site: `make docs`. Warnings are errors there."""

import os
from pathlib import Path

from sphinx.ext.napoleon.docstring import NumpyDocstring

import semst

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tutorials run beside other work

project = "SemST"
author = copyright = "The SemST developers"
version = release = semst.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["benchmarks/*", "developers/README.md"]
html_theme = "furo"
html_title = f"SemST {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0072B2", "color-brand-content": "#0072B2"},
    "dark_css_variables": {"color-brand-primary": "#56B4E9", "color-brand-content": "#56B4E9"},
}

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
nb_execution_mode = "cache"
nb_execution_cache_path = str(Path(__file__).resolve().parents[1] / "build" / "notebooks")
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_merge_streams = True
nb_render_markdown_format = "myst"

autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": False}
autosummary_generate = True
autosummary_imported_members = True
napoleon_google_docstring = False
napoleon_numpy_docstring = True
napoleon_use_rtype = False
napoleon_preprocess_types = False
copybutton_exclude = ".linenos, .gp, .go"


def _whole_section(self, preprocess_types=False):
    """What follows "Returns" is one text: napoleon takes each line of it for a value of its own."""
    lines = self._dedent(self._consume_to_next_section())
    return [("", "", lines)] if lines else []


NumpyDocstring._consume_returns_section = _whole_section
