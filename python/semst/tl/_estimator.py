"""The whole way as an estimator, for every model: fit, look, read another slice, save, load."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from anndata import AnnData

from semst import _words, cluster, gr, models, pp
from semst._errors import SemSTError
from semst._forked import check_fork
from semst._log import logger
from semst._record import plain, versions
from semst._settings import given, split
from semst._typed import typed
from semst._validate import check_random_state
from semst.data import (
    Panel,
    Slice,
    SliceKeys,
    Slices,
    join_slices,
    named_slices,
    read_slice,
    spread,
    spread_graph,
)
from semst.train import Compute

from ._apply import apply
from ._choose import AUTO, check_wanted, quality, settle
from ._clock import Clock
from ._cluster import as_categorical, find_domains
from ._effect import Trained, semantic_effect
from ._explain import explain_run
from ._harmony import check_harmony, harmonise
from ._predict import Prediction, read_domains
from ._result import Result, check_results, parts_of, slices_in, write_result
from ._semantics import counts_of, of_spots, semantic_source
from ._wanted import check_limits, wanted_preset, wanted_semantics


class Estimator:
    """Spatial domains by any model, from raw counts and coordinates.

    Parameters
    ----------
    model
        Name of the model; see :func:`semst.models.available`.
    n_domains
        Wanted number of domains, 2 or more, or ``"auto"``.
    preset, fsm, semantics, cluster, refine, explain, random_state
        See :func:`semst.tl.run`.
    **settings
        Settings of the slice's reading (:class:`semst.data.SliceKeys`), of the computation
        (:class:`semst.train.Compute`) and of the model (its ``Config``), in one row.

    Attributes
    ----------
    result_
        After :meth:`fit`: domains, embedding and record.
    config, compute, keys
        The settings, dealt out.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> model = Estimator("graphst", 4, epochs=2, cluster="mixture", progress=False).fit(adata)
    >>> model.result_.embedding.shape[0] == adata.n_obs
    True
    """

    result_: Result
    weights_: dict[str, torch.Tensor]
    projections_: models.Projections
    semantic_scale_: models.SemanticScale | None
    reduction_: pp.Components | None
    mixture_: cluster.DomainMixture
    kept_from_vote_: list[int]
    panel_: Panel

    @typed
    def __init__(
        self,
        model: str,
        n_domains: int | str,
        *,
        preset: str | None = None,
        fsm: bool | None = None,
        semantics: Any = None,
        cluster: str = "auto",
        refine: bool = True,
        explain: bool = True,
        random_state: int = 0,
        **settings: Any,
    ) -> None:
        self.name = model
        self.model = models.get(model)
        check_limits(self.model, settings, whose=model)
        of_keys, of_compute, of_model = split(settings, [SliceKeys, Compute, self.model.Config], whose=model)
        self.keys = SliceKeys(**given(SliceKeys, of_keys))
        self.compute = Compute(**given(Compute, of_compute))
        preset = wanted_preset(self.model, preset, fsm, semantics)
        known = n_domains if n_domains != AUTO and not isinstance(n_domains, str) else None
        self.config = models.settings(model, preset=preset, n_domains=known, **of_model)[1]
        self.n_domains = n_domains
        self.fsm = fsm
        self.semantics = wanted_semantics(self.model, self.config, fsm, semantics, whose=model)
        self.cluster, self.refine, self.explain = cluster, refine, explain
        self.random_state = check_random_state(random_state)

    def __repr__(self) -> str:
        """Say in a line which model it is, and whether it was fitted."""
        fitted = (
            f"fitted, {len(self.mixture_.weights)} domains" if hasattr(self, "mixture_") else "not fitted"
        )
        preset = getattr(self.config, "preset", None)
        of = f", preset={preset!r}" if preset else ""
        return f"{type(self).__name__}({self.name!r}, {self.n_domains!r}{of}: {fitted})"

    def fit(self, adata: Slices, **keys: Any) -> Self:
        """Find the domains of ``adata``, which is left as it is; see :meth:`write_to`.

        Parameters
        ----------
        adata
            Spots x genes with raw counts and coordinates; or several such objects, see
            :func:`semst.tl.run`.
        **keys
            Settings of :class:`semst.data.SliceKeys`, where they are not those of the estimator.

        Returns
        -------
        The estimator itself, with ``result_``.

        Raises
        ------
        SemSTError
            If the data or the settings cannot be used; the message says what to do.
        """
        check_fork()
        clock = Clock()
        several = named_slices(adata)
        reading = where = self._where(keys)
        if several is not None:
            adata, where = join_slices(several, where)
        data, kept = read_slice(adata, where)
        check_wanted(self.n_domains, data.n_spots)
        cluster.get(self._clusterer())  # an unknown one is told before the long work
        if self.config.batch == "harmony":
            check_harmony(data.samples)
        source = semantic_source(self.semantics, adata, data, kept)
        prepared = self.model.prepare(data, self.config, random_state=self.random_state)
        self.projections_, self.panel_ = prepared.projections, Panel.of(data)
        clock.lap("features")
        vectors = self.embed_semantics(source, data)
        if vectors.vectors is None and self.model.semantics_by_default and self.fsm is not False:
            logger.info(
                "no semantics; %s, for one, lets networks learn what genes mean",
                _words.given("semantics", "minilm-genes"),
            )
        self.semantic_scale_ = self.take_in(vectors.vectors, prepared, data)
        clock.lap("semantics")
        fitted = models.fit(
            self.model, prepared, self.config, random_state=self.random_state, compute=self.compute
        )
        self.weights_, self.reduction_ = fitted.network.state_dict(), fitted.reduction
        clock.lap("training")
        latent = fitted.embedding
        if self.config.batch == "harmony" and data.samples is not None:
            latent = harmonise(latent, data.samples, random_state=self.random_state)
            clock.lap("harmony")
        n_domains, choice = settle(
            self.n_domains,
            latent,
            samples=data.samples,
            random_state=self.random_state,
            progress=self.compute.progress,
        )
        found = find_domains(
            latent,
            n_domains,
            method=self._clusterer(),
            n_starts=self.config.n_starts,
            random_state=self.random_state,
            samples=data.samples,
        )
        mixture = found.mixture if latent is fitted.embedding else None  # a new slice is not corrected
        self.mixture_ = mixture or cluster.DomainMixture.of_labels(fitted.embedding, found.labels)
        voters = self.model.voters(data, prepared.adjacency, self.config) if self.refine else None
        voted = found.labels
        spared: list[Any] = []
        if voters is not None:
            voted = self.model.vote(found.labels, voters, self.config)
            voted, spared = cluster.keep_every_domain(found.labels, voted)  # as many as were asked for
        self.kept_from_vote_ = [int(domain) for domain in spared]
        clock.lap("clustering")
        figures = quality(
            latent,
            found.labels,
            voted,
            data.coordinates,
            n_domains,
            samples=data.samples,
            random_state=self.random_state,
        )
        clock.lap("quality")
        labels = as_categorical(voted, kept, n_domains)
        explanation, effect = None, None
        if self.explain:
            explanation = explain_run(
                adata,
                data,
                labels[kept],
                keys=where,
                random_state=self.random_state,
                progress=self.compute.progress,
            )
            clock.lap("explanation")
        if self.explain and vectors.vectors is not None:
            trained = Trained(
                fitted,
                prepared,
                self.config,
                vectors,
                self.semantic_scale_,
                self._centred_samples(data),
                *counts_of(data, self.projections_.genes),
                self.random_state,
            )
            effect = semantic_effect(trained, labels[kept], found.labels)
            clock.lap("effect of semantics")
        logger.info(f"{self.name}: {self.model.reference}")
        record = {
            "params": {
                **self.params(n_domains),
                "device": fitted.history.device,
                "precision": fitted.history.precision,
            },
            "reading": reading.as_dict(),
            "reference": self.model.reference,
            **prepared.record,
            "semantics": vectors.info,
            "semantic_effect": effect,
            "history": fitted.history.losses,
            **fitted.figures,
            "clustering": {
                "method": found.method,
                "log_likelihood": found.log_likelihood,
                **found.details,
                "kept_from_the_vote": [str(domain + 1) for domain in spared] or None,
            },
            "quality": figures,
            "choice": choice,
            "versions": versions(),
            "timings": clock.seconds,
        }
        self.result_ = Result(
            labels=labels,
            unrefined=as_categorical(found.labels, kept, n_domains),
            uncertainty=None if found.uncertainty is None else spread(found.uncertainty, kept),
            embedding=spread(latent, kept),
            semantic=None if vectors.vectors is None else spread(vectors.vectors, kept),
            record=plain(record),
            inspected={key: spread(values, kept) for key, values in fitted.inspected.items()},
            explanation=explanation,
            graph=spread_graph(prepared.adjacency, kept),
            distances=spread_graph(gr.edge_lengths(prepared.adjacency, data.coordinates), kept),
        )
        return self

    def check_results(self, adata: Slices, *, key_added: str | None = None) -> None:
        """Make sure, before the work, that :meth:`write_to` will be able to write under this name.

        Parameters
        ----------
        adata, key_added
            See :meth:`write_to`.

        Raises
        ------
        SemSTError
            If files cannot hold the name, or something would be replaced that no run has written.
        """
        for one in slices_in(adata).values():
            check_results(one, key_added or self.name)

    def write_to(self, adata: Slices, *, key_added: str | None = None, store_semantic: bool = False) -> None:
        """Write the result into the slots of ``adata`` that :func:`semst.tl.run` documents.

        Parameters
        ----------
        adata
            The object that was fitted, or one with the same spots; of a joint fit, the same several.
        key_added
            Stem of the slots' names; the model's name by default.
        store_semantic
            Also write the semantic vectors.

        Raises
        ------
        SemSTError
            If the number of spots differs, or nothing has been fitted.
        """
        self.require_fit("result_")
        options: dict[str, Any] = {"key_added": key_added or self.name, "store_semantic": store_semantic}
        for one, result in parts_of(self.result_, adata):
            write_result(result, one, **options)

    def embed(self, adata: AnnData, *, max_missing: float = 0.2, **keys: Any) -> np.ndarray:
        """Embed the spots of a slice with the trained weights, without training again.

        Parameters
        ----------
        adata
            Spots x genes; the fitted slice itself or another one.
        max_missing
            Share of the genes of the fit that it may lack; see :func:`semst.tl.predict`.
        **keys
            Settings of :class:`semst.data.SliceKeys`, where they are not those of the estimator. A
            ``sample_key`` or ``depth_key`` of the fit that the slice does not have is done without.

        Returns
        -------
        The matrix that is clustered, shape (n_spots, d), float32; NaN for spots without counts.

        Genes, scales and components are those of the fit. After a fit of several slices with
        ``batch="centre"`` every slice given here (``sample_key``; one, where none is named) is brought by its
        own mean to that of the fit, so a slice of the fit comes out as it did; a part of a slice is treated
        as a slice and moves with the mean of its own tissue. After a fit of one slice no mean is taken
        off. What Harmony took off an embedding belongs to the slices of the fit and is not taken off here.

        Raises
        ------
        SemSTError
            If nothing has been fitted or loaded, or more genes of the fit are missing than may be.
        """
        applied = apply(self, adata, max_missing, keys)
        return spread(applied.embedding, applied.kept)

    def predict(self, adata: AnnData, *, max_missing: float = 0.2, **keys: Any) -> Prediction:
        """Read the fitted domains off another slice, which is left as it is.

        Parameters
        ----------
        adata, max_missing, **keys
            See :meth:`embed`.

        Returns
        -------
        Domains, their probabilities, and which spots are unlike what was fitted; ``write_to`` puts them into
        an object. See :func:`semst.tl.predict`.

        After a fit with ``batch="harmony"`` the domains are read off the embedding before its correction.

        Raises
        ------
        SemSTError
            As :meth:`embed`.
        """
        return read_domains(self, apply(self, adata, max_missing, keys))

    def save(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write settings, weights and projections to ``folder`` (JSON and safetensors; see :meth:`load`).

        Parameters
        ----------
        folder
            New folder.
        overwrite
            Whether an existing one may be replaced.

        Raises
        ------
        SemSTError
            If nothing has been fitted, semantics were given as an object, or the folder holds other files.
        """
        from ._save import save_estimator

        save_estimator(self, Path(folder), overwrite=overwrite)

    @classmethod
    def load(cls, folder: str | Path) -> "Estimator":
        """Read an estimator that :meth:`save` wrote; nothing in the folder is executed.

        Parameters
        ----------
        folder
            What was given to :meth:`save`.

        Returns
        -------
        An estimator whose :meth:`embed` gives what the saved one's gave.

        Raises
        ------
        SemSTError
            If the folder holds no estimator, or one of another format.
        """
        from ._save import load_estimator

        return load_estimator(Path(folder))

    def _where(self, keys: dict[str, Any]) -> SliceKeys:
        (own,) = split(keys, [SliceKeys], whose="reading a slice")
        return replace(self.keys, **given(SliceKeys, own))

    def _clusterer(self) -> str:
        return self.config.cluster if self.cluster == "auto" else self.cluster

    def take_in(
        self,
        vectors: np.ndarray | None,
        prepared: models.Prepared,
        data: Slice,
        *,
        scale: models.SemanticScale | None = None,
    ) -> models.SemanticScale | None:
        """Hand semantic vectors to the inputs, averaged and centred where the settings say so."""
        if vectors is not None and self.config.smooth_semantics:
            samples = self._centred_samples(data)
            vectors, scale = models.smooth_and_centre(
                vectors, prepared.adjacency, samples=samples, scale=scale
            )
        if vectors is not None:
            prepared.inputs.set_semantic(vectors)
        return scale

    def _centred_samples(self, data: Slice) -> np.ndarray | None:
        """The slices where each is centred by itself, else ``None``."""
        return data.samples if self.config.batch == "centre" else None

    def embed_semantics(self, source: Any, data: Slice) -> Any:
        """Make semantic vectors of a slice, from the genes of the fit."""
        return of_spots(
            source,
            data,
            self.projections_.genes,
            config=self.config,
            compute=self.compute,
            random_state=self.random_state,
        )

    def params(self, n_domains: int) -> dict[str, Any]:
        semantics = self.semantics if isinstance(self.semantics, str) else type(self.semantics).__name__
        return {
            **self.config.as_dict(),
            "model": self.name,
            "semantics": semantics,
            "fsm": semantics != "none",
            "n_domains": n_domains,
            "cluster": self._clusterer(),
            "refine": self.refine,
            "random_state": self.random_state,
        }

    def require_fit(self, attribute: str) -> None:
        """Raise where nothing was fitted, or a fit is not there any more."""
        if not hasattr(self, attribute):
            raise SemSTError(
                "There is no result yet: call fit first. An estimator that was loaded can embed and predict, "
                "and holds no domains of the slice that it was fitted to."
            )


class SemST(Estimator):
    """Spatial domains by SemST; the parameters are those of :func:`semst.tl.semst`.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> model = semst.SemST(4, epochs=2, cluster="mixture", progress=False).fit(adata)
    >>> model.result_.embedding.shape[0] == adata.n_obs
    True
    """

    def __init__(self, n_domains: int | str, **options: Any) -> None:
        super().__init__("semst", n_domains, **options)
