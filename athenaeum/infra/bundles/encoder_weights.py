"""Puts the weights of an encoder's model beside its graph, for the layer; see ONNX's "external data".

ONNX Runtime copies weights that are inside the model's file, twice, and maps those beside it: of a cold start that was
0.035 s of CPU and 40 MB (MiniLM, int8). The graph and its numbers are the same. An index keeps its model in one file,
as its format says.
"""

from pathlib import Path

from athenaeum.errors import MissingExtraError

_LEAST = 1024
"""Bytes of a weight that is worth a place of its own."""


def weights_apart(model: Path, folder: Path) -> dict[str, Path]:
    """Write the ONNX file `model` in two parts to `folder`: name → file of each.

    What is not ONNX, or in parts already, stays as it is: whether it is any good is for the server to say.
    """
    try:
        import onnx
        from google.protobuf.message import DecodeError
        from onnx.external_data_helper import uses_external_data
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"Bundling the encoder needs {error.name}, which is not installed.",
            remedy='Install it with: pip install "athenaeum-deploy[deploy]"',
        ) from error

    try:
        graph = onnx.load(model, load_external_data=False)
    except DecodeError:
        return {model.name: model}
    if any(uses_external_data(weight) for weight in graph.graph.initializer):
        return {model.name: model}
    onnx.save_model(
        graph,
        folder / model.name,
        save_as_external_data=True,
        all_tensors_to_one_file=True,
        location=f"{model.name}.data",
        size_threshold=_LEAST,
    )
    return {path.name: path for path in folder.glob(f"{model.name}*")}
