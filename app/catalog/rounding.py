"""Numbers as they are written: in a text of Python's and in a figure of the browser's alike."""

UPWARD = 1 + 2**-44  # more than what sums of floats leave, and less than what anybody reads


def rounded(value: float, digits: int = 0, *, grouped: bool = False) -> str:
    """A number with so many decimals, as `rounded` in components/js/format.js writes it too: what lies half-way goes
    away from zero (84.25 → "84.3"), also if a float holds a little less; and nothing is "-0.0". grouped: "1,234".
    """
    number = float(value)
    text = f"{number if number.is_integer() else UPWARD * number:{',' if grouped else ''}.{digits}f}"
    return text if text.strip("-0.,") else text.lstrip("-")
