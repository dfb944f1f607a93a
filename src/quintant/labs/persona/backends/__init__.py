"""Backends: the language models that can answer for a persona.

    protocol       what a backend is: `Info` with explicit capabilities, the calls and their values
    choice         a config's backend block → the backend; what may be contacted, which key is used
    embedded       SmolLM2-135M-Instruct or a local folder of transformers weights, in the one model process
    model_process  that process: holds the weights, serves the runs of a user one request at a time
    channel        the Worker's end of its Unix socket: starts it, asks it, starts it again once when it is gone
    transformers_model, token_tree, prefix, minilm, gguf_weights
                   what runs inside it: log-probabilities, generation, hidden states, embeddings
    ollama, openai servers spoken to over HTTP (`http`)

No backend stands in for another: what one cannot do is absent, with its reason.
"""
