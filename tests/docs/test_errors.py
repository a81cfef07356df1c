"""docs/errors.md is what the code says."""

from __future__ import annotations

import pytest

from azure_batch_provider.arm.remedies import MEANINGS as OF_ARM
from azure_batch_provider.batch.remedies import MEANINGS
from azure_batch_provider.values.refusal import Refusal
from scripts.error_page import CATALOGUES, rows, text

REFUSALS = [refusal for title in CATALOGUES for refusal in rows(title)]


def test_every_code_of_the_service_that_has_a_remedy_is_on_the_page() -> None:
    assert [code for code in (*MEANINGS, *OF_ARM) if f"| `{code}` |" not in text()] == []


def test_every_refusal_is_on_the_page_under_a_code_of_its_own() -> None:
    codes = [refusal.code for refusal in REFUSALS]
    assert sorted(set(codes)) == sorted(codes)
    assert [code for code in codes if f"| `{code}` | " not in text()] == []


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_a_code_is_in_kebab_case_and_its_words_are_a_template(refusal: Refusal) -> None:
    assert refusal.code.replace("-", "").isalpha()
    assert refusal.code.islower()
    assert "{" not in text().partition(f"| `{refusal.code}` | ")[2].partition("\n")[0].replace("{create: 30m}", "")
