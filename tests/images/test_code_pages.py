"""How text is guessed that does not say how it is written."""

from __future__ import annotations

import pytest

from app.images.code_pages import WRITTEN, code_page

NAMES = [
    ("cp437", "Äpfel Süßkirschen"),
    ("cp850", "Äpfel Süßkirschen Grün"),
    ("cp1252", "Äpfel Süßkirschen"),
    ("cp850", "Éléphants Chèvres Ânes"),
    ("cp1252", "Éléphants Chèvres"),
    ("cp850", "coração maçãs"),
    ("cp1252", "Ørn Ål æble"),
    ("cp866", "Кошки Собаки"),
    ("cp1251", "Кошки Собаки"),
    ("cp866", "круг квадрат треугольник"),
    ("cp852", "Kočky Psi Žáby"),
    ("cp1250", "Jabłka Śliwki"),
    ("cp852", "kör négyzet háromszög"),
    ("cp737", "Γάτες Σκύλοι"),
    ("cp1253", "Γάτες Σκύλοι"),
    ("cp857", "elma kuş çilek ığdır"),
    ("cp932", "りんご みかん"),
    ("cp932", "猫 犬"),
    ("gbk", "苹果 香蕉"),
    ("gbk", "猫 狗"),
    ("big5", "蘋果 香蕉"),
    ("cp949", "사과 바나나"),
    ("cp862", "חתולים כלבים"),
    ("cp1256", "قطط كلاب"),
]


@pytest.mark.parametrize(("page", "names"), NAMES)
def test_names_are_read_as_they_were_meant(page: str, names: str) -> None:
    raw = [name.encode(page) for name in names.split()]
    assert [name.decode(code_page(raw)) for name in raw] == names.split()


def test_utf8_needs_no_guess_and_anything_can_be_read() -> None:
    assert code_page([name.encode() for name in ("Äpfel", "猫", "plain")]) == "utf-8"
    assert code_page([]) == "utf-8"
    for byte in range(0x80, 0x100):
        assert bytes([byte]).decode(code_page([bytes([byte])])) and code_page([bytes([byte])]) in WRITTEN
