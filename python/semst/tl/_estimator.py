"""The whole way as an estimator: fit, look, save, load."""

from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from anndata import AnnData

from semst import _keys, cluster, gr, pp, semantics
from semst._errors import SemSTError
from semst._log import logger
from semst._validate import check_random_state
from semst.models import (
    Graphs,
    Projections,
    SemSTNetwork,
    Slice,
    assemble,
    embed_slice,
    fit_network,
    prepare_features,
)
from semst.models import (
    preset as named_settings,
)
from semst.train import History

from ._choose import check_wanted, quality, settle
from ._clock import Clock
from ._cluster import as_categorical, find_domains
from ._record import outcome, plain
from ._result import Result, spread, write_result
from ._semantics import semantic_source, semantic_vectors
from ._slice import read_slice, same_features, within_slices
from ._target import check_target


class SemST:
    """Spatial domains by SemST, from raw counts and coordinates.

    The parameters are those of :func:`semst.tl.semst`.

    Attributes
    ----------
    result_
        After :meth:`fit`: domains, embedding and record.
    config
        Every setting of the run.

    Examples
    --------
    >>> import semst
    >>> adata = semst.datasets.simulated_cortex(n_spots=300, random_state=0)
    >>> model = semst.SemST(4, semantics="none", epochs=2, cluster="mixture", progress=False).fit(adata)
    >>> model.result_.embedding.shape[0] == adata.n_obs
    True
    """

    result_: Result
    network_: SemSTNetwork
    projections_: Projections
    genes_: pd.Index

    def __init__(
        self,
        n_domains: int | str,
        *,
        preset: str = "semst",
        semantics: Any = None,
        radius: float | None = None,
        use_existing_graph: bool = False,
        cluster: str = "auto",
        refine: bool = True,
        random_state: int = 0,
        device: str = "auto",
        devices: int | None = None,
        precision: Any = "32-true",
        checkpoint_dir: str | Path | None = None,
        cache_dir: str | Path | None = None,
        progress: bool = True,
        **settings: Any,
    ) -> None:
        self.n_domains = n_domains
        self.config = named_settings(preset, **settings)
        self.semantics = self.config.semantics if semantics is None else semantics
        self.radius = None if radius is None else float(radius)
        self.use_existing_graph = use_existing_graph
        self.cluster = cluster
        self.refine = refine
        self.random_state = check_random_state(random_state)
        self.device = device
        self.devices = devices
        self.precision = precision
        self.checkpoint_dir = checkpoint_dir
        self.cache_dir = cache_dir
        self.progress = progress

    def fit(
        self,
        adata: AnnData,
        *,
        layer: str | None = None,
        use_raw: bool = False,
        depth_key: str | None = None,
        spatial_key: str = _keys.SPATIAL,
        sample_key: str | None = None,
    ) -> Self:
        """Find the domains of ``adata``, which is left as it is; see :meth:`write_to`.

        Parameters
        ----------
        adata
            Spots x genes with raw counts and coordinates.
        layer, use_raw, depth_key, spatial_key, sample_key
            See :func:`semst.tl.semst`.

        Returns
        -------
        The estimator itself, with ``result_``.

        Raises
        ------
        SemSTError
            If the data or the settings cannot be used; the message says what to do.
        """
        clock = Clock()
        data, kept = read_slice(
            adata,
            layer=layer,
            use_raw=use_raw,
            depth_key=depth_key,
            spatial_key=spatial_key,
            sample_key=sample_key,
        )
        check_wanted(self.n_domains, int(kept.sum()))
        source = semantic_source(self._given_semantics(), adata, data, kept)
        features = prepare_features(data, self.config)
        clock.lap("features")
        spatial = self._spatial_graph(adata, data, kept)
        clock.lap("graphs")
        vectors = self._embed_semantics(source, data, features.genes)
        if vectors.vectors is None and self.config.fusion != "none":
            logger.info("no semantics; semantics='minilm-genes', for one, lets the meaning of genes in")
        clock.lap("semantics")
        inputs, graphs, self.projections_ = assemble(
            data, features, spatial, vectors.vectors, self.config, random_state=self.random_state
        )
        clock.lap("graphs")
        fitted = fit_network(
            inputs,
            features,
            self.config,
            random_state=self.random_state,
            device=self.device,
            devices=self.devices or 1,
            precision=self.precision,
            checkpoint_dir=self.checkpoint_dir,
            progress=self.progress,
        )
        self.network_, self.genes_ = fitted.network, features.genes
        clock.lap("training")
        n_domains, choice = settle(
            self.n_domains, fitted.embedding, random_state=self.random_state, progress=self.progress
        )
        found = find_domains(
            fitted.embedding,
            n_domains,
            method=self.cluster,
            n_starts=self.config.n_starts,
            random_state=self.random_state,
        )
        voted = cluster.refine(found.labels, spatial.adjacency) if self.refine else found.labels
        clock.lap("clustering")
        figures = quality(
            fitted.embedding,
            found.labels,
            voted,
            data.coordinates,
            n_domains,
            samples=data.samples,
            random_state=self.random_state,
        )
        clock.lap("quality")
        record = self._record(
            features, graphs, vectors.info, fitted.history, fitted.branch_share, found, clock
        )
        record |= plain({"quality": figures, "choice": choice})
        record["params"]["n_domains"] = n_domains
        self.result_ = Result(
            labels=as_categorical(voted, kept, n_domains),
            unrefined=as_categorical(found.labels, kept, n_domains),
            uncertainty=None if found.uncertainty is None else spread(found.uncertainty, kept),
            embedding=spread(fitted.embedding, kept),
            semantic=None if vectors.vectors is None else spread(vectors.vectors, kept),
            record=record,
        )
        return self

    def write_to(
        self, adata: AnnData, *, key_added: str = _keys.KEY_ADDED, store_semantic: bool = False
    ) -> None:
        """Write the result into the slots of ``adata`` that :func:`semst.tl.semst` documents.

        Parameters
        ----------
        adata
            The object that was fitted, or one with the same spots.
        key_added
            Stem of the slots' names.
        store_semantic
            Also write the semantic vectors.

        Raises
        ------
        SemSTError
            If the number of spots differs, or nothing has been fitted.
        """
        self._require_fit("result_")
        check_target(adata, copy=False)
        write_result(self.result_, adata, key_added=key_added, store_semantic=store_semantic)

    def embed(
        self,
        adata: AnnData,
        *,
        layer: str | None = None,
        use_raw: bool = False,
        depth_key: str | None = None,
        spatial_key: str = _keys.SPATIAL,
        sample_key: str | None = None,
    ) -> np.ndarray:
        """Embed the spots of a slice with the trained weights, without training again.

        Parameters
        ----------
        adata
            Spots x genes that hold every gene of the fit; the fitted slice itself or another one.
        layer, use_raw, depth_key, spatial_key, sample_key
            See :func:`semst.tl.semst`.

        Returns
        -------
        Shape (n_spots, n_latent), float32; NaN for spots without counts.

        Raises
        ------
        SemSTError
            If nothing has been fitted or loaded, or genes of the fit are missing.
        """
        self._require_fit("network_")
        data, kept = read_slice(
            adata,
            layer=layer,
            use_raw=use_raw,
            depth_key=depth_key,
            spatial_key=spatial_key,
            sample_key=sample_key,
        )
        features = same_features(data, self.genes_, self.config, self.projections_.gene_deviation)
        source = semantic_source(self._given_semantics(), adata, data, kept)
        vectors = self._embed_semantics(source, data, self.genes_)
        inputs, _, _ = assemble(
            data,
            features,
            self._spatial_graph(adata, data, kept),
            vectors.vectors,
            self.config,
            random_state=self.random_state,
            projections=self.projections_,
        )
        return spread(embed_slice(self.network_, inputs), kept)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write settings, weights and projections to ``folder`` (JSON and safetensors; see :meth:`load`).

        Parameters
        ----------
        folder
            New folder.
        overwrite
            Whether an existing one may be replaced.
        """
        from ._save import save_estimator

        save_estimator(self, Path(folder), overwrite=overwrite)

    @classmethod
    def load(cls, folder: str | Path) -> "SemST":
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

    def _spatial_graph(self, adata: AnnData, data: Slice, kept: np.ndarray) -> gr.SpatialGraph:
        if not self.use_existing_graph:
            return gr.spatial_graph(
                data.coordinates, n_neighs=self.config.n_neighs, radius=self.radius, samples=data.samples
            )
        adjacency = gr.spatial_graph_from(adata).adjacency[kept][:, kept]
        if data.samples is not None:
            adjacency = within_slices(adjacency, data.samples)
        return gr.SpatialGraph.of(adjacency)

    def _require_fit(self, attribute: str) -> None:
        if not hasattr(self, attribute):
            raise SemSTError(
                "There is no result yet: call fit first. An estimator that was loaded can embed and has no "
                "domains of its own."
            )

    def _given_semantics(self) -> Any:
        return "none" if self.config.fusion == "none" else self.semantics

    def _embed_semantics(
        self, source: semantics.Source, data: Slice, genes: pd.Index
    ) -> semantics.SemanticVectors:
        return semantic_vectors(
            source,
            data,
            genes,
            k_g=self.config.k_g,
            ranking=self.config.ranking,
            landmarks=self.config.landmarks,
            random_state=self.random_state,
            cache_dir=self.cache_dir,
            device=self.device,
            progress=self.progress,
        )

    def _record(
        self,
        features: pp.Features,
        graphs: Graphs,
        semantic_info: dict[str, Any],
        history: History,
        branch_share: float,
        found: cluster.ClusterResult,
        clock: Clock,
    ) -> dict[str, Any]:
        params = {
            **self.config.as_dict(),
            "semantics": self.semantics if isinstance(self.semantics, str) else type(self.semantics).__name__,
            "n_domains": self.n_domains,
            "cluster": self.cluster,
            "refine": self.refine,
            "random_state": self.random_state,
            "device": history.device,
            "precision": history.precision,
        }
        return plain(
            {
                "params": params,
                "features": features.params,
                "graphs": graphs.record(),
                "semantics": semantic_info,
                "history": history.losses,
                "branch_share": branch_share,
                **outcome(found, clock.seconds),
            }
        )
