# Written by scripts/r-known.py from Python's declarations; change those.

# settings of a run, whatever the model, and of each model
.settingsShared <- c(
    "device", "devices", "precision", "checkpoint_dir", "cache_dir"
)
.settingsOfModels <- list(
    `semst` = c(
        "epochs", "learning_rate", "weight_decay", "clip_norm", "n_top_genes",
        "fsm_hidden", "batch", "semantics", "k_g", "ranking", "landmarks",
        "smooth_semantics", "cluster_pcs", "cluster", "n_starts",
        "refine_neighs", "n_neighs", "radius", "preset", "expression",
        "min_spots", "n_expression_neighs", "normalisation", "n_pcs", "rings",
        "n_hidden", "n_view", "n_latent", "n_networks", "fusion", "zero_init",
        "decoder_hidden", "gene_dispersion", "dropout_ridge", "target_neighs",
        "batch_spots", "tile_spots", "step_tiles", "correlation_weight",
        "spatial_weight", "spare_narrow"
    ),
    `semanticst` = c(
        "epochs", "learning_rate", "weight_decay", "clip_norm", "n_top_genes",
        "fsm_hidden", "batch", "semantics", "k_g", "ranking", "landmarks",
        "smooth_semantics", "cluster_pcs", "cluster", "n_starts",
        "refine_neighs", "n_neighs", "passes", "n_domains", "graphs", "n_pcs",
        "target_neighs", "n_smooth_pcs", "n_smooth_neighs",
        "n_expression_neighs", "n_domain_neighs", "n_mutual",
        "vertical_neighs", "self_weight", "n_edge", "n_latent",
        "reconstruction_weight", "cut_weight", "balance_weight",
        "disentangling_weight", "batch_aware", "tile_spots"
    ),
    `graphst` = c(
        "epochs", "learning_rate", "weight_decay", "clip_norm", "n_top_genes",
        "fsm_hidden", "batch", "semantics", "k_g", "ranking", "landmarks",
        "smooth_semantics", "cluster_pcs", "cluster", "n_starts",
        "refine_neighs", "n_neighs", "n_latent", "reconstruction_weight",
        "contrast_weight"
    ),
    `stagate` = c(
        "epochs", "learning_rate", "weight_decay", "clip_norm", "n_top_genes",
        "fsm_hidden", "batch", "semantics", "k_g", "ranking", "landmarks",
        "smooth_semantics", "cluster_pcs", "cluster", "n_starts",
        "refine_neighs", "n_neighs", "radius", "n_hidden", "n_latent"
    ),
    `gaaest` = c(
        "epochs", "learning_rate", "weight_decay", "clip_norm", "n_top_genes",
        "fsm_hidden", "batch", "semantics", "k_g", "ranking", "landmarks",
        "smooth_semantics", "cluster_pcs", "cluster", "n_starts",
        "refine_neighs", "n_neighs", "n_hidden", "n_latent", "n_projection",
        "n_contexts", "context_temperature", "context_steps", "temperature",
        "n_drawn", "reconstruction_weight", "local_weight", "spot_weight",
        "context_weight"
    ),
    `dusted` = c(
        "epochs", "learning_rate", "weight_decay", "clip_norm", "n_top_genes",
        "fsm_hidden", "batch", "semantics", "k_g", "ranking", "landmarks",
        "smooth_semantics", "cluster_pcs", "cluster", "n_starts",
        "refine_neighs", "n_neighs", "radius", "n_hidden", "n_latent",
        "min_counts"
    ),
    `mafn` = c(
        "epochs", "learning_rate", "weight_decay", "clip_norm", "n_top_genes",
        "fsm_hidden", "batch", "semantics", "k_g", "ranking", "landmarks",
        "smooth_semantics", "cluster_pcs", "cluster", "n_starts",
        "refine_neighs", "n_neighs", "radius", "min_spots",
        "n_expression_neighs", "n_hidden", "n_latent", "mixture",
        "zinb_weight", "spatial_weight", "correlation_weight"
    ),
    `spatial-mgcn` = c(
        "epochs", "learning_rate", "weight_decay", "clip_norm", "n_top_genes",
        "fsm_hidden", "batch", "semantics", "k_g", "ranking", "landmarks",
        "smooth_semantics", "cluster_pcs", "cluster", "n_starts",
        "refine_neighs", "n_neighs", "radius", "min_spots",
        "n_expression_neighs", "n_hidden", "n_latent", "n_attention",
        "zinb_weight", "consistency_weight", "spatial_weight"
    ),
    `sedr` = c(
        "epochs", "learning_rate", "weight_decay", "clip_norm", "n_top_genes",
        "fsm_hidden", "batch", "semantics", "k_g", "ranking", "landmarks",
        "smooth_semantics", "cluster_pcs", "cluster", "n_starts",
        "refine_neighs", "n_neighs", "clustering_epochs", "n_pcs", "n_hidden",
        "n_features", "n_graph_hidden", "n_graph", "dropout", "mask",
        "hide_masked", "n_clusters", "target_every", "reconstruction_weight",
        "graph_weight", "mask_weight", "cluster_weight"
    ),
    `staig` = c(
        "epochs", "learning_rate", "weight_decay", "clip_norm", "n_top_genes",
        "fsm_hidden", "batch", "semantics", "k_g", "ranking", "landmarks",
        "smooth_semantics", "cluster_pcs", "cluster", "n_starts",
        "refine_neighs", "n_neighs", "n_layers", "n_hidden", "n_latent",
        "temperature", "gene_mask", "second_gene_mask", "n_negatives", "n_pcs",
        "n_image_pcs", "n_groups"
    ),
    `stdcl` = c(
        "epochs", "learning_rate", "weight_decay", "clip_norm", "n_top_genes",
        "fsm_hidden", "batch", "semantics", "k_g", "ranking", "landmarks",
        "smooth_semantics", "cluster_pcs", "cluster", "n_starts",
        "refine_neighs", "n_neighs", "pretrain_epochs",
        "pretrain_learning_rate", "expression_neighs", "expression_weight",
        "n_latent", "noise", "dropout", "n_clusters", "cluster_every",
        "adjacency_rows", "reconstruction_weight", "adjacency_weight",
        "contrast_weight", "cluster_weight"
    )
)

# settings of the semantic sources, and of the step that makes vectors of one
.settingsOfSources <- list(
    DescribedGenes = c(
        "table", "model", "template", "weights", "species", "across_species",
        "symbol_column", "description_column", "species_column"
    ),
    GeneTable = c(
        "table", "weights", "across_species", "key"
    ),
    LanguageModel = c(
        "model", "pooling", "template", "separator", "chat", "dtype",
        "token_budget", "max_tokens", "revision", "local_files_only",
        "trust_remote_code", "share_prefix"
    ),
    NamedGenes = c(
        "model", "template", "weights"
    ),
    NoSemantics = character(),
    PermutedGenes = c(
        "source"
    ),
    Precomputed = c(
        "vectors"
    ),
    RandomVectors = c(
        "n_dimensions", "mean", "variance"
    ),
    TextEncoder = c(
        "model", "template", "separator", "dtype", "token_budget", "revision",
        "local_files_only", "trust_remote_code"
    ),
    UnrelatedPrompt = c(
        "model"
    )
)
.settingsOfVectors <- c(
    "epochs", "learning_rate", "weight_decay", "clip_norm", "n_top_genes",
    "fsm_hidden", "batch", "semantics", "k_g", "ranking", "landmarks",
    "smooth_semantics", "cluster_pcs", "cluster", "n_starts", "refine_neighs"
)

# names of columns with gene symbols, in lower case and without what is neither letter nor
# digit, the first that fits; and the form of Ensembl IDs
.symbolColumns <- c(
    "genesymbols", "genesymbol", "genename", "genenames", "featurename",
    "featurenames", "featuresymbol", "symbol", "symbols", "geneshortname",
    "hgncsymbol", "mgisymbol", "externalgenename", "genesname", "features",
    "genes", "gene", "name"
)
.ensembl <- "ENS[A-Z]{0,5}G\\d{8,}(\\.\\d+)?(_PAR_Y)?$"
