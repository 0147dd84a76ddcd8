"""POST /chat/completions and the models it lists."""
