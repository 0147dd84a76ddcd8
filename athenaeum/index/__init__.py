"""The artefact: layout, manifest, pages, lexical and vector search data, and the store that holds releases."""
