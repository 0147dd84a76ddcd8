"""LlamaIndex costs what a node parser needs of it, and stays whole for whoever uses the rest."""

import subprocess
import sys

import pytest

from athenaeum.documents.cut.deferred import defer

USE = """
import sys
from athenaeum.documents.cut.chunking import section_parser
parser = section_parser(size=400, overlap=0)
assert "llama_index.core.indices" not in sys.modules and "sqlalchemy" not in sys.modules
{rest}
"""
REST = """
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.node_parser import NodeParser, SentenceSplitter
import llama_index.core
assert isinstance(parser, NodeParser) and issubclass(VectorStoreIndex, object)
assert llama_index.core.schema.Document is Document
(node,) = parser.get_nodes_from_documents([Document(text="# One\\n\\nWords.")])
assert (node.text, node.metadata["headings"]) == ("# One\\n\\nWords.", ["One"])
"""
BEFORE = """
import llama_index.core
from athenaeum.documents.cut.chunking import section_parser
assert isinstance(section_parser(size=400, overlap=0), llama_index.core.node_parser.NodeParser)
"""


@pytest.mark.parametrize("script", [USE.format(rest=""), USE.format(rest=REST), BEFORE], ids=["alone", "first", "last"])
def test_the_node_parser_needs_little_of_llama_index_and_leaves_it_whole(script: str) -> None:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_package_that_is_not_installed_is_an_import_error() -> None:
    with pytest.raises(ImportError, match="no_such_package"):
        defer("no_such_package")
