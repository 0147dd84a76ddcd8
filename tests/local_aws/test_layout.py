"""Assets as files: what is unpacked, copied and installed."""

import io
import os
import zipfile
from pathlib import Path

import pytest
from local_stack import zipped

from athenaeum.errors import LocalAwsError, MissingToolError
from athenaeum.local_aws.apis import copies
from athenaeum.local_aws.runtime import tools
from athenaeum.local_aws.runtime.layout import lay_out, unzip
from athenaeum.local_aws.template.read import Asset, Copy, Function

CODE = Asset("assets", "code.zip")
STORE = {
    "code.zip": zipped(run_dot_sh="#!/bin/sh\n"),
    "one.zip": zipped(python__a_dot_py="1", python__shared_dot_py="one"),
    "two.zip": zipped(python__b_dot_py="2", python__shared_dot_py="two"),
}


def fetch(bucket: str, key: str) -> bytes:
    assert bucket == "assets"
    return STORE[key]


def function(*layers: Asset | str) -> Function:
    return Function("F", "f", "run.sh", "python3.13", 128, 3, 512, (), CODE, layers)


def test_layers_lie_over_one_another_in_their_order(tmp_path: Path) -> None:
    adapter = tmp_path / "lambda-adapter"
    adapter.write_text("adapter")
    adapter.chmod(0o755)
    layers = (Asset("assets", "one.zip"), "arn:aws:lambda:x:753240598075:layer:LambdaAdapterLayerX86:30")
    both = function(*layers, Asset("assets", "two.zip"))
    task, opt = lay_out(both, into=tmp_path / "work", fetch=fetch, adapter=adapter)
    assert os.access(task / "run.sh", os.X_OK)
    assert (opt / "python" / "shared.py").read_text() == "two"
    assert {path.name for path in (opt / "python").iterdir()} == {"a.py", "b.py", "shared.py"}
    assert os.access(opt / "extensions" / "lambda-adapter", os.X_OK)
    assert os.access(opt / "bootstrap", os.X_OK)
    assert lay_out(both, into=tmp_path / "work", fetch=fetch, adapter=adapter) == (task, opt)
    assert not list((tmp_path / "work").rglob(".partial-*"))


def test_without_the_adapters_layer_there_is_no_adapter(tmp_path: Path) -> None:
    _, opt = lay_out(function(Asset("assets", "one.zip")), into=tmp_path, fetch=fetch, adapter=tmp_path / "x")
    assert not (opt / "extensions").exists()


def test_a_missing_asset_and_a_foreign_layer_are_errors_with_a_remedy(tmp_path: Path) -> None:
    for layer in (Asset("assets", "none.zip"), "arn:aws:lambda:x:1:layer:theirs:1"):
        with pytest.raises(LocalAwsError) as caught:
            lay_out(function(layer), into=tmp_path, fetch=fetch, adapter=None)
        assert caught.value.remedy


@pytest.mark.parametrize("name", ["../out", "/etc/out", "a/../../out"])
def test_a_zip_cannot_write_outside_its_folder(tmp_path: Path, name: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "x")
    with pytest.raises(LocalAwsError, match="leads out"):
        unzip(buffer.getvalue(), tmp_path / "inner")
    assert not (tmp_path / "out").exists()


def test_a_bucket_copy_honours_prefix_exclusions_and_inclusions() -> None:
    written: dict[str, bytes] = {}
    source = zipped(a_dot_txt="a", b_dot_md="b", keep_dot_md="c")
    copy = Copy("C", (Asset("assets", "x"),), "bucket", "index", include=("keep.md",), exclude=("*.md",))
    count = copies.perform(
        copy, fetch=lambda _b, _k: source, put=lambda bucket, key, data: written.update({f"{bucket}/{key}": data})
    )
    assert count == 2
    assert written == {"bucket/index/a.txt": b"a", "bucket/index/keep.md": b"c"}


def test_a_tool_is_found_by_its_variable_then_the_cache_then_the_path(tmp_path: Path) -> None:
    def program(path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return path

    named, on_path = program(tmp_path / "mine"), program(tmp_path / "bin" / tools.ADAPTER)
    environ = {"PATH": str(tmp_path / "bin")}
    assert tools.find(tools.ADAPTER, cache=tmp_path / "c", environ={"PATH": ""}) is None
    assert tools.find(tools.ADAPTER, cache=tmp_path / "c", environ=environ) == on_path
    folder = f"{tools.ADAPTER}-{tools.ADAPTER_VERSION}-{tools.ADAPTER_SHA256[:12]}-{tools.architecture()}"
    cached = program(tmp_path / "c" / "tools" / folder / tools.ADAPTER)
    assert tools.find(tools.ADAPTER, cache=tmp_path / "c", environ=environ) == cached
    environ[tools.OVERRIDES[tools.ADAPTER]] = str(named)
    assert tools.find(tools.ADAPTER, cache=tmp_path / "c", environ=environ) == named
    environ[tools.OVERRIDES[tools.ADAPTER]] = str(tmp_path / "nothing")
    with pytest.raises(MissingToolError, match="not a program"):
        tools.find(tools.ADAPTER, environ=environ)


def test_without_cargo_the_adapter_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match="cargo is not installed"):
        tools.install_adapter(cache=tmp_path)


def test_a_crate_that_is_another_file_is_not_built(tmp_path: Path) -> None:
    """cargo is a script here: it leaves a crate where `cargo fetch` leaves it, and notes what it is given."""
    told = tmp_path / "told"
    cargo = tmp_path / "cargo"
    cargo.write_text(
        f'#!/bin/sh\necho "$1 $PWD $CARGO_HOME ${{CARGO_TARGET_DIR-}}${{RUSTFLAGS-}}" >> {told}\n'
        'mkdir -p "$CARGO_HOME/registry/cache/x"; echo bad > "$CARGO_HOME/registry/cache/x/spoon-1.0.crate"\n'
    )
    cargo.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(
        MissingToolError, match=r"The crate spoon 1\.0 is not the file it should be; nothing of it was built"
    ):
        tools.build_crate(str(cargo), "spoon", "1.0", sha256="0" * 64, work=work)
    assert told.read_text() == f"fetch {work}/crate {work}/cargo \n"


def test_settings_of_cargo_above_the_work_are_refused(tmp_path: Path) -> None:
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo" / "config.toml").write_text("[build]\nrustc-wrapper = 'evil'\n")
    (tmp_path / "work").mkdir()
    with pytest.raises(MissingToolError, match="would decide how spoon is built"):
        tools.build_crate("cargo", "spoon", "1.0", sha256="0" * 64, work=tmp_path / "work")
