import pytest

from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.tax_id import normalize_tax_id


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        # 5.2.9.9.8.2.2.4.7: 5x10+2x9+9x8+9x7+8x6+2x5+2x4+4x3+7x2 = 295, 295 mod 11 = 9, 11 - 9 = 2
        ("529.982.247-25", "52998224725"),
        ("52998224725", "52998224725"),
        (" 529 982 247 25 ", "52998224725"),
        ("00.000.000/0001-91", "00000000000191"),
        ("33.000.167/0001-01", "33000167000101"),
        # The Receita Federal's own example of a CNPJ with letters.
        ("12.ABC.345/01DE-35", "12ABC34501DE35"),
        ("12.abc.345/01de-35", "12ABC34501DE35"),
    ],
)
def test_a_tax_id_is_kept_without_punctuation(text: str, plain: str) -> None:
    assert normalize_tax_id(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "529.982.247-24",
        "529.982.247-35",
        "111.111.111-11",
        "00.000.000/0000-00",
        "33.000.167/0001-02",
        "12.ABC.345/01DE-36",
        "5299822472५",
        "52998224725000",
    ],
)
def test_what_is_no_tax_id_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        normalize_tax_id(text)
    assert str(refused.value) == "not a CPF or CNPJ"
