# Make inst/extdata/cortex.rds again: a simulated slice after a run, for pages and examples that draw without
# Python. From the root, with the R package installed: Rscript scripts/example-result.R
suppressPackageStartupMessages({
  library(SemST)
  library(SpatialExperiment)
})
spe <- simulatedCortex(n_spots = 600, n_genes = 860, seed = 1)
spe <- runSemST(spe, 7, seed = 1, verbose = FALSE)
auto <- runSemST(spe, "auto", name = "Auto", seed = 1, explain = FALSE, verbose = FALSE)
spe <- runSemST(spe, 7,
  name = "Network", preset = "network", semantics = "minilm-genes", epochs = 60, seed = 1, explain = FALSE,
  verbose = FALSE
)
# what pictures need: no embeddings
reducedDims(spe) <- list()
metadata(spe) <- list(
  SemST = metadata(spe)$SemST["params"], SemST_explain = metadata(spe)$SemST_explain,
  Auto = metadata(auto)$Auto[c("params", "choice")],
  Network = metadata(spe)$Network[c("params", "history")]
)
saveRDS(spe, "inst/extdata/cortex.rds", compress = "xz")
