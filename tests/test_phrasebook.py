from __future__ import annotations

import pytest

from detente.errors import Refused
from detente.line.rules import VOCABULARIES
from detente.phrasebook import NEWEST, check_languages, language, shape_of, shapes


def test_each_language_is_given_the_forms_of_the_newest_vocabulary() -> None:
    forms = VOCABULARIES[NEWEST].forms
    assert shapes().keys() == forms.keys()
    shape = shape_of(forms[23])
    assert (shape.name, shape.acts) == ("contact_proposal", ("propose", "counter"))
    assert not shape.slots["level"].optional
    assert shape.slots["level"].terms[0] == "duty"
    assert shape_of(forms[8]).acts == ("revise", "query", "correction")


def test_a_language_that_there_is_not_is_refused() -> None:
    assert check_languages() == ("en", "ru", "uk")
    with pytest.raises(Refused, match=r"does not speak 'xx' \(it speaks en, ru, uk\)"):
        language("xx")
