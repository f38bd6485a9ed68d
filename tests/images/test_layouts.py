"""What folders, zips inside and tables say about images: each layout that people have, and what is said of it."""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from app.images import layouts
from app.images.layouts import Contents, opened
from app.images.sources import ImportRefused
from tests.own_images import zip_bytes
from tests.pictures import class_files, folder, png, zipped

TWO = ("cats", "dogs")


def understood(tmp_path: Path, files: Mapping[str, bytes]) -> Contents:
    """What is understood of a zip; of the same files as a folder it has to be the same."""
    path = zipped(tmp_path / "z.zip", files)
    with opened(path) as contents:
        pass
    if not any(name.endswith("/") for name in files):
        with opened(folder(tmp_path / "f", files)) as same:
            pass
        assert (same.classes, same.labels.tolist(), same.notes) == (
            contents.classes,
            contents.labels.tolist(),
            contents.notes,
        )
    return contents


def per_class(contents: Contents) -> dict[str, int]:
    return {name: int((contents.labels == number).sum()) for number, name in enumerate(contents.classes)}


def raw_zip(path: Path, names: Sequence[bytes]) -> Path:
    """A zip of small pictures whose names are written as given, without the flag that says how."""
    body, table = bytearray(), bytearray()
    for number, name in enumerate(names):
        content = png(number)
        head = struct.pack(
            "<HHHHHIIIHH", 20, 0, 0, 0, 0x21, zlib.crc32(content), len(content), len(content), len(name), 0
        )
        at = len(body)
        body += b"PK\x03\x04" + head + name + content
        table += b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, at) + name
    end = struct.pack("<HHHHIIH", 0, 0, len(names), len(names), len(table), len(body), 0)
    path.write_bytes(bytes(body + table) + b"PK\x05\x06" + end)
    return path


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_macs_names_are_utf8_whatever_the_zip_says(tmp_path: Path) -> None:
    names = [f"Tiere/{name}/{i}.png" for name in ("Äffchen", "Füchse") for i in range(3)]
    mac = [unicodedata.normalize("NFD", name).encode() for name in names]
    mac += [b"__MACOSX/Tiere/._0.png", b"Tiere/.DS_Store"]
    with opened(raw_zip(tmp_path / "mac.zip", mac)) as contents:
        assert (contents.classes, contents.notes, contents.aside) == (["Füchse", "Äffchen"], [], [])


@pytest.mark.parametrize(("page", "words"), [("cp866", "Cyrillic"), ("cp1251", "Cyrillic")])
def test_names_of_a_code_page_are_guessed_and_that_is_said(tmp_path: Path, page: str, words: str) -> None:
    names = [f"{name}\\{i}.png".encode(page) for name in ("Яблоки", "Груши") for i in range(3)]
    with opened(raw_zip(tmp_path / "win.zip", names)) as contents:
        assert contents.classes == ["Груши", "Яблоки"]
        assert contents.notes == [
            f"The zip does not say how its names are written; they were read as {words} ({page})."
        ]
        assert all(entry.read(4) == b"\x89PNG" for entry in contents.entries)


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def parts(*of: tuple[str, int]) -> dict[str, bytes]:
    return {name: raw for part, each in of for name, raw in class_files(TWO, each, under=f"set/{part}/").items()}


@pytest.mark.parametrize("word", ["valid", "val", "Validation"])
def test_a_validation_part_joins_those_to_learn_from(tmp_path: Path, word: str) -> None:
    contents = understood(tmp_path, parts(("train", 5), (word, 3), ("test", 2)))
    assert contents.test is not None and (int(contents.test.sum()), len(contents.test)) == (4, 20)
    assert contents.notes == ["The 6 images of the validation part join those to learn from."]


def test_without_a_test_part_the_validation_part_is_tested_on(tmp_path: Path) -> None:
    contents = understood(tmp_path, parts(("train", 5), ("val", 3)))
    assert contents.test is not None and int(contents.test.sum()) == 6
    assert contents.notes == ["There is no test part: the 6 images of the validation part are tested on."]


def test_images_without_a_class_are_named_and_left_out(tmp_path: Path) -> None:
    contents = understood(tmp_path, parts(("train", 5)) | {f"set/test/{i}.png": png(700 + i) for i in range(4)})
    assert contents.test is None and per_class(contents) == {"cats": 5, "dogs": 5}
    assert set(contents.lost) == {f"set/test/{i}.png" for i in range(4)}
    assert "is in no class folder" in contents.lost["set/test/0.png"]
    assert "one image in five is kept for that" in contents.notes[0]


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    contents = understood(tmp_path, class_files(("bus", "car", "train"), 3))
    assert (contents.classes, contents.test, contents.notes) == (["bus", "car", "train"], None, [])


def test_a_cover_picture_beside_the_folders_is_left_out(tmp_path: Path) -> None:
    contents = understood(tmp_path, class_files(TWO, 3, under="data/") | {"cover.png": png(1), "data/map.png": png(2)})
    assert per_class(contents) == {"cats": 3, "dogs": 3} and set(contents.lost) == {"cover.png", "data/map.png"}


def test_folders_inside_a_class_belong_to_it(tmp_path: Path) -> None:
    contents = understood(tmp_path, class_files(TWO, 2) | class_files(("IMG_1", "IMG_2"), 2, under="cats/2024/"))
    assert per_class(contents) == {"cats": 6, "dogs": 2}
    assert contents.notes == ["Folders inside a class folder belong to that class, for example cats/2024/IMG_1."]


@pytest.mark.parametrize("under", ["", "train/"])
def test_class_folders_without_images_are_named(tmp_path: Path, under: str) -> None:
    files = class_files(TWO, 3, under=under) | {
        f"{under}owls/": b"",
        f"{under}emus/.gitkeep": b"",
        f"{under}docs/a.txt": b"x",
    }
    if under:
        files |= class_files(TWO, 3, under="test/")
    assert understood(tmp_path, files).empty == ["emus", "owls"]


# ── zips inside ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_zip_for_each_class_is_read(tmp_path: Path) -> None:
    inner = {
        f"{name}.zip": zip_bytes({f"{i}.png": png(i + len(name) * 50) for i in range(4)}) for name in ("cat", "horse")
    }
    contents = understood(tmp_path, inner)
    assert per_class(contents) == {"cat": 4, "horse": 4}
    path = zipped(tmp_path / "again.zip", inner)
    with opened(path) as again:
        assert all(entry.read(4) == b"\x89PNG" for entry in again.entries)


def test_a_whole_set_in_a_zip_in_a_zip_is_read(tmp_path: Path) -> None:
    assert per_class(understood(tmp_path, {"export.zip": zip_bytes(class_files(TWO, 4))})) == {"cats": 4, "dogs": 4}


def test_zips_inside_are_held_to_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for inner, why in (({"../../evil.png": png(1)}, "leads out"), (class_files(TWO), "make one zip of their folders")):
        path = zipped(tmp_path / "z.zip", {"a.zip": zip_bytes(inner)})
        with pytest.raises(ImportRefused, match=why), opened(path):
            pass
        monkeypatch.setattr("app.images.sources.INNER_BYTES", 1000)


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────


def flat(each: int = 4) -> dict[str, bytes]:
    return {f"pics/{name}": raw for name, raw in ((f"a{i}.png", png(i)) for i in range(2 * each))}


def label(i: int) -> str:
    return TWO[i % 2]


TABLES = {
    "comma": ("labels.csv", "image,label\n" + "".join(f"a{i}.png,{label(i)}\n" for i in range(8))),
    "semicolon and a BOM": (
        "labels.csv",
        "\ufeffFile;Class\r\n" + "".join(f"a{i}.png;{label(i)}\r\n" for i in range(8)),
    ),
    "tabs": ("pics/list.tsv", "filename\tcategory\n" + "".join(f"a{i}.png\t{label(i)}\n" for i in range(8))),
    "no endings": ("train.csv", "id,species\n" + "".join(f"a{i},{label(i)}\n" for i in range(8))),
    "paths": ("labels.csv", "path,label\n" + "".join(f"./pics\\a{i}.png,{label(i)}\n" for i in range(8))),
    "no headings": ("labels.csv", "".join(f"a{i}.png,{label(i)}\n" for i in range(8))),
    "a column for each class": (
        "pics/_classes.csv",
        "filename, cats, dogs\n" + "".join(f"a{i}.png, {1 - i % 2}, {i % 2}\n" for i in range(8)),
    ),
    "quotes": ("labels.csv", '"file","label"\n' + "".join(f'"a{i}.png","{label(i)}"\n' for i in range(8))),
}


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_table_says_what_images_show(tmp_path: Path, kind: str, encoding: str) -> None:
    where, text = TABLES[kind]
    contents = understood(tmp_path, flat() | {where: text.encode(encoding)})
    assert per_class(contents) == {"cats": 4, "dogs": 4}
    assert {
        entry.parts[-1]: contents.classes[at] for entry, at in zip(contents.entries, contents.labels, strict=True)
    } == {f"a{i}.png": label(i) for i in range(8)}
    assert contents.notes[0].startswith(f"What each image shows is read from {where} (column") and contents.aside == []


def test_what_a_table_leaves_open_is_said(tmp_path: Path) -> None:
    text = "file,label,split\na0.png,cats,train\na1.png,dogs,train\na2.png,cats,test\na3.png,dogs,val\n"
    text += "gone.png,dogs,test\n"
    contents = understood(tmp_path, flat(3) | {"labels.csv": text.encode()})
    assert contents.lost == {f"pics/a{i}.png": "is not in labels.csv" for i in (4, 5)}
    assert contents.notes[1] == "1 of its lines names a file that is not here."
    assert contents.test is not None and contents.test.tolist() == [False, False, False, True]


def test_folders_that_say_the_same_need_no_table(tmp_path: Path) -> None:
    text = "file,label\n" + "".join(f"{name}/{i}.png,{name}\n" for name in TWO for i in range(4))
    contents = understood(tmp_path, class_files(TWO, 4) | {"labels.csv": text.encode()})
    assert (contents.notes, contents.aside) == ([], ["labels.csv"])


@pytest.mark.parametrize("kind", ["comma", "a column for each class"])
def test_a_table_that_ends_within_a_line_still_says_what_it_says(tmp_path: Path, kind: str) -> None:
    where, text = TABLES[kind]
    contents = understood(tmp_path, flat() | {where: f"{text}a0".encode()})
    assert per_class(contents) == {"cats": 4, "dogs": 4}


def test_of_two_images_that_end_alike_a_table_has_to_say_which(tmp_path: Path) -> None:
    files = {f"{folder}/{i}.PNG": png(10 * n + i) for n, folder in enumerate(("x", "y")) for i in range(2)}
    files |= {"y/xx/9.png": png(99)}
    text = "file,label\nx/0.png,cats\nX/1,dogs\ny/0.png,dogs\nz/y/1,cats\n1,cats\n9,dogs\n/,cats\n"
    contents = understood(tmp_path, files | {"labels.csv": text.encode()})
    said = {
        "/".join(one.parts): contents.classes[at] for one, at in zip(contents.entries, contents.labels, strict=True)
    }
    assert said == {"x/0.PNG": "cats", "x/1.PNG": "dogs", "y/0.PNG": "dogs", "y/xx/9.png": "dogs"}


@pytest.mark.parametrize("limit", ["TABLES_BYTES", "TABLES_LINES"])
def test_many_large_tables_are_read_to_a_limit_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(layouts, limit, 200 if limit == "TABLES_BYTES" else 9)
    text = TABLES["comma"][1].encode()
    read: list[bytes] = []
    decoded = layouts._text

    def noted(raw: bytes) -> str:
        read.append(raw)
        return decoded(raw)

    monkeypatch.setattr(layouts, "_text", noted)
    contents = understood(tmp_path, flat() | {f"t{i}.csv": text for i in range(60)})
    assert per_class(contents) == {"cats": 4, "dogs": 4} and len(read) <= 2 * 4
    assert contents.notes[0].startswith("Of its tables only ") and contents.notes[0].endswith(" MB were read.")


def test_a_table_of_something_else_is_left_aside(tmp_path: Path) -> None:
    files = class_files(TWO, 4) | {
        "people.csv": b"name,age\nAnne,7\n",
        "empty.csv": b"",
        "odd.csv": b"\xff\xfe\x00",
        "n.csv": b"\0,\0",
    }
    contents = understood(tmp_path, files)
    assert per_class(contents) == {"cats": 4, "dogs": 4} and len(contents.aside) == 4


@pytest.mark.parametrize("seed", range(20))
def test_bytes_that_are_called_a_table_do_no_harm(tmp_path: Path, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, 3000, np.uint8).tobytes()
    assert per_class(understood(tmp_path, class_files(TWO, 2) | {"t.csv": noise})) == {"cats": 2, "dogs": 2}
