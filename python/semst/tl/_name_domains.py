"""Names for domains, proposed by a language model from what marks them."""

import hashlib
from typing import Any

import pandas as pd
from anndata import AnnData

from semst import _keys, _words, semantics
from semst._errors import SemSTError
from semst._log import logger
from semst._record import plain, versions
from semst._typed import typed
from semst._validate import check_whole, find_symbols, get_labels

from ._name_answer import NAMED, NO_EVIDENCE, Verdict, judge
from ._name_prompt import Question, questions
from ._target import check_target

_TABLE = "names"  # entry of the record by which a column of names is known as ours


@typed
def name_domains(
    adata: AnnData,
    key: str = _keys.KEY_ADDED,
    *,
    model: str | semantics.Answerer = semantics.PAPER_MODEL,
    tissue: str | None = None,
    prompt_only: bool = False,
    n_markers: int = 10,
    n_terms: int = 5,
    progress: bool = True,
    copy: bool = False,
) -> AnnData | dict[str, str] | None:
    """Let a language model propose a name and a reason for every domain.

    A name is a proposal by a language model and no finding: the model can be wrong with every gene it cites
    in place. What it is told are the markers and terms of :func:`semst.tl.explain`, the size of the domain,
    what marks the domains around it, and what you say of the tissue; it is told to go by this alone, and to
    say "unclear" where it does not suffice. Domains without markers are not asked about. The model runs on
    this machine, nothing of the data leaves it, and the same prompt has the same answer.

    Answers are checked. One that is not the JSON object that was asked for is "unreadable"; one that cites a
    gene which the prompt did not list (among ``genes``, or a symbol of the data's genes in the reason), or
    cites none, is "unsupported". Words that are spelled like a gene of the data count as that gene, "CA1" for
    one. Both keep their domain unnamed.

    Parameters
    ----------
    adata
        Data whose domains are explained.
    key
        ``obs`` column of the domains, which stays as it is.
    model
        A causal language model: id on the Hugging Face hub or folder, by default the paper's
        (:class:`semst.semantics.AnsweringModel` has more settings); or an object with a method ``answer``
        that takes a list of prompts and returns a list of texts.
    tissue
        A word on the tissue, e.g. ``"human dorsolateral prefrontal cortex"``.
    prompt_only
        Return the prompts, to be used elsewhere, and load no model.
    n_markers, n_terms
        How many marker genes and terms a prompt lists at most.
    progress
        Show how many domains are answered; for a model that is given by its name.
    copy
        Return a changed copy instead of writing into ``adata``.

    Returns
    -------
    ``None``, or the copy; with ``prompt_only`` the prompts by domain, and nothing is written. Written are

    - ``obs[key + "_name"]``: categorical, in the order of the domains; the name, followed by "(domain 3)"
      where several domains have the same; "domain 3" for a domain without a name; missing where ``key`` is,
    - ``uns[key + "_names"]``: ``names``, a table with ``domain``, ``name`` (as the model gave it), ``shown``
      (as in ``obs``), ``reason``, ``genes``, ``status`` ("named", "unclear", "unsupported", "unreadable" or
      "no evidence"), ``note``, ``answer`` (the text itself) and ``prompt`` (SHA-256); ``model``,
      ``versions`` and ``params``.

    Raises
    ------
    SemSTError
        If the domains are not explained, or have changed since; if a slot is taken by something else; or if
        the model cannot be used.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> semst.tl.explain(adata, "ground_truth", n_null=0, progress=False)
    >>> class Parrot:
    ...     def answer(self, prompts):
    ...         return ['{"name": "unclear", "reason": "", "genes": []}'] * len(prompts)
    >>> semst.tl.name_domains(adata, "ground_truth", model=Parrot())
    >>> adata.obs["ground_truth_name"].cat.categories[0]
    'domain L1'
    """
    check_target(adata, copy=copy)
    column, explanation = _explained(adata, key)
    _check_tissue(tissue)
    n_markers = check_whole(n_markers, what="n_markers", least=1)
    n_terms = check_whole(n_terms, what="n_terms", least=0)
    asked = questions(explanation, tissue=tissue, n_markers=n_markers, n_terms=n_terms)
    if prompt_only:
        return {question.domain: question.prompt for question in asked}
    _check_slots(adata, key)
    answerer = semantics.AnsweringModel(model, progress=progress) if isinstance(model, str) else model
    if not isinstance(answerer, semantics.Answerer) or isinstance(answerer, type):
        raise SemSTError(
            f"model is a {type(model).__name__}. Accepted: the id or folder of a causal language model, a "
            "semst.semantics.AnsweringModel, or an object with answer(prompts), which returns as many texts."
        )
    universe = set(find_symbols(adata.var_names, adata.var))
    table = _table(explanation["domains"]["domain"], asked, _answers(answerer, asked), universe)
    names = dict(zip(table["domain"], table["shown"], strict=True))
    target = adata.copy() if copy else adata
    target.obs[_keys.named(key)] = column.rename_categories(names)
    params = {"key": key, "tissue": tissue, "n_markers": n_markers, "n_terms": n_terms}
    record = plain({"model": _described(answerer), "versions": versions(), "params": params})
    target.uns[_keys.names(key)] = {_TABLE: table, **record}
    _tell(table)
    logger.info(f"added obs[{_keys.named(key)!r}], uns[{_keys.names(key)!r}]", extra={"of_anndata": True})
    return target if copy else None


def _explained(adata: AnnData, key: str) -> tuple["pd.Categorical[Any]", dict[str, Any]]:
    """The labels, as text and without empty domains, and their explanation, which has to be of them."""
    labels = get_labels(adata, key)
    slot = _keys.explained(key)
    if slot not in adata.uns:
        raise SemSTError(
            f"The domains of obs[{key!r}] are not explained: there is no uns[{slot!r}]. Explain "
            f"them first: {_words.step('explain', key=key)}."
        )
    explanation = adata.uns[slot]
    domains = explanation["domains"]
    told = {str(label): n for label, n in zip(domains["domain"], domains["n_spots"], strict=True) if n}
    found = {label: int((labels == label).sum()) for label in labels.categories}
    # spots without counts have a label and no part in an explanation
    if told.keys() != found.keys() or any(n > found[label] for label, n in told.items()):
        raise SemSTError(
            f"uns[{slot!r}] explains other domains than obs[{key!r}] has now. Explain them anew: "
            f"{_words.step('explain', key=key)}."
        )
    return labels, explanation


def _check_tissue(tissue: Any) -> None:
    if tissue is None:
        return
    if not isinstance(tissue, str) or not tissue.strip() or len(tissue) > 200 or not tissue.isprintable():
        raise SemSTError(
            f"{_words.name('tissue')} is {tissue!r}; give one line of text, e.g. "
            f"{_words.given('tissue', 'mouse hippocampus')}."
        )


def _check_slots(adata: AnnData, key: str) -> None:
    """Refuse to replace what another hand has written."""
    column, slot = _keys.named(key), _keys.names(key)
    ours = slot in adata.uns and hasattr(adata.uns[slot], "keys") and _TABLE in adata.uns[slot]
    if not ours:
        slots: list[tuple[Any, str, str]] = [(adata.obs, "obs", column), (adata.uns, "uns", slot)]
        for taken, where, name in slots:
            if name in taken:
                raise SemSTError(
                    f"{where}[{name!r}] holds something that names of domains have not left there and is not "
                    f"replaced. Rename it, or name a copy of the column obs[{key!r}]."
                )


def _answers(answerer: semantics.Answerer, asked: list[Question]) -> list[str]:
    if not asked:
        return []
    answers = list(answerer.answer([question.prompt for question in asked]))
    if len(answers) != len(asked) or not all(isinstance(answer, str) for answer in answers):
        raise SemSTError(
            f"{type(answerer).__name__}.answer gave {len(answers)} answers to {len(asked)} prompts. It has "
            "to return a list with one text for each."
        )
    return answers


def _table(domains: Any, asked: list[Question], answers: list[str], universe: set[str]) -> pd.DataFrame:
    by_domain = {question.domain: (question, answer) for question, answer in zip(asked, answers, strict=True)}
    everything = universe.union(*(question.genes for question in asked))
    rows = []
    for domain in map(str, domains):
        verdict, answer, digest = Verdict(NO_EVIDENCE, note="no marker gene: not asked about"), "", ""
        if domain in by_domain:
            question, answer = by_domain[domain]
            verdict = judge(answer, evidence=question.genes, universe=everything)
            digest = hashlib.sha256(question.prompt.encode()).hexdigest()
        rows.append(
            {
                "domain": domain,
                "name": verdict.name,
                "shown": verdict.name if verdict.status == NAMED else f"domain {domain}",
                "reason": verdict.reason,
                "genes": ", ".join(verdict.genes),
                "status": verdict.status,
                "note": verdict.note,
                "answer": answer,
                "prompt": digest,
            }
        )
    return pd.DataFrame(_told_apart(rows))


def _told_apart(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Add the domain to names that several have, and say so in their notes."""
    while len(places := _places(rows)) < len(rows):
        for same in places.values():
            for row in same if same[1:] else []:
                others = ", ".join(other["domain"] for other in same if other is not row)
                row["note"] = "; ".join(filter(None, [row["note"], f"the same name as domain {others}"]))
                row["shown"] = f"{row['shown']} (domain {row['domain']})"
    return rows


def _places(rows: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:
    """The rows by what is shown, capitals or not."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        found.setdefault(row["shown"].casefold(), []).append(row)
    return found


def _described(answerer: Any) -> dict[str, Any]:
    if isinstance(answerer, semantics.AnsweringModel):
        return answerer.describe()
    return {"model": str(getattr(answerer, "name", type(answerer).__name__))}


def _tell(table: pd.DataFrame) -> None:
    for row in table.to_dict("records"):
        if row["status"] == NAMED:
            logger.info("domain %(domain)s: %(shown)s (proposed by a language model). %(reason)s", row)
        if row["note"]:
            logger.warning("domain %(domain)s: %(note)s", row)
