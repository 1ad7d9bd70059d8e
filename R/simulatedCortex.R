#' A made-up slice of cortex
#'
#' Six curved layers and white matter on a Visium-like grid, with real gene
#' symbols and known layers, to try things on.
#'
#' @param n_spots,n_genes Size of the slice.
#' @param seed Seed; the same seed gives the same slice, here and in Python.
#' @param effect Strength of the layers' markers; 1 is demanding.
#' @return A `SpatialExperiment` with the assay `counts` (a `dgCMatrix`), the
#'   layer in `colData(x)$ground_truth` (`NA` = not annotated) and coordinates
#'   in micrometres.
#' @examples
#' if (semstPython()$ready) {
#'     spe <- simulatedCortex(100, 50)
#'     plotDomains(spe, domains = "ground_truth")
#' }
#' @export
simulatedCortex <- function(
    n_spots = 1800L,
    n_genes = 600L,
    seed = 0L,
    effect = 1
) {
    made <- .call(
        "simulated_cortex",
        .whole(n_spots, "n_spots"),
        .whole(n_genes, "n_genes"),
        random_state = .whole(seed, "seed", low = 0),
        effect = .positive(effect, "effect")
    )
    counts <- .fromParts(made$counts, list(made$genes, made$spots))
    SpatialExperiment(
        assays = list(counts = counts),
        rowData = S4Vectors::DataFrame(
            marker_of = made$marker_of,
            row.names = made$genes
        ),
        colData = S4Vectors::DataFrame(
            ground_truth = .factor(made$truth, made$layers),
            row.names = made$spots
        ),
        spatialCoords = matrix(
            made$coordinates,
            ncol = 2L,
            dimnames = list(made$spots, c("x", "y"))
        )
    )
}
