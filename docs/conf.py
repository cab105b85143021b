"""How the documentation is built: `make docs`, with no network; every warning is an error."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "extensions")]

project = "symscope"
author = "the authors of symscope"
version = release = version_of("symscope")
project_copyright = "the authors of symscope, MIT licence"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "reference_pages",
    "figure_files",
    "repository_links",
]
exclude_patterns = ["_build", "_figures"]
source_suffix = {".md": "markdown"}
root_doc = "index"
language = "en"

myst_enable_extensions = ["attrs_block"]
myst_heading_anchors = 3

# Docstrings are numpydoc; what stands in single backquotes is code.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
napoleon_google_docstring = False
napoleon_use_ivar = True
add_module_names = False
# jaxtyping's shapes and defaults that are objects would be longer than the text.
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 80

html_theme = "furo"
html_title = f"symscope {release}"
html_copy_source = False
html_show_sphinx = False
