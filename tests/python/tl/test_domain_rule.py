"""The rule by which embeddings are read off as domains."""

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from semst import SemSTError
from semst.tl._domain_rule import DomainRule


@pytest.mark.parametrize("n_domains", [2, 3, 5])
def test_it_is_linear_discriminant_analysis(n_domains):
    rng = np.random.default_rng(0)
    labels = rng.integers(n_domains, size=200) * 3  # numbers may have gaps
    embedding = rng.normal(size=(200, 4)) + labels[:, None]
    rule, model = DomainRule(embedding, labels), LinearDiscriminantAnalysis().fit(embedding, labels)
    np.testing.assert_array_equal(rule.domains(embedding), model.predict(embedding))
    odds = rule.log_odds(embedding)
    shares = np.exp(odds - odds.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, model.predict_proba(embedding), atol=1e-9)


def test_the_slopes_are_those_of_the_gap_between_the_first_two():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 30)
    embedding = rng.normal(size=(90, 3)) + 2 * labels[:, None]
    rule = DomainRule(embedding, labels)
    order = np.argsort(-rule.log_odds(embedding), axis=1)
    rows = np.arange(90)

    def gap(values):
        odds = rule.log_odds(values)
        return odds[rows, order[:, 0]] - odds[rows, order[:, 1]]

    step = rng.normal(size=embedding.shape)
    slopes = rule.margin_slopes(embedding)
    expected = gap(embedding + step) - gap(embedding)
    np.testing.assert_allclose((slopes * step).sum(axis=1), expected, rtol=1e-4, atol=1e-4)


def test_what_tells_no_rule_is_refused():
    with pytest.raises(SemSTError, match="one domain"):
        DomainRule(np.arange(6.0)[:, None], np.zeros(6, dtype=int))
    with pytest.raises(SemSTError, match="are the same"):
        DomainRule(np.repeat([[1.0], [2.0]], 3, axis=0), np.repeat([0, 1], 3))
    with pytest.raises(SemSTError, match="are the same"):
        DomainRule(np.array([[1.0], [2.0], [4.0]]), np.arange(3))  # a domain a spot
