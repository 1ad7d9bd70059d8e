#' SemST: spatial domains with the meaning of genes built in
#'
#' [runSemST()] finds the spatial domains of a `SpatialExperiment`, a
#' `SingleCellExperiment` or a `Seurat` object; [calculateSemST()] does the
#' same for a plain matrix. The network runs in Python (see [semstPython()]),
#' the clustering with \pkg{mclust} in the R session.
#'
#' @keywords internal
#' @importFrom methods setGeneric setMethod is as new slot `slot<-`
#' @importFrom mclust Mclust mclustBIC
#' @importFrom Matrix sparseMatrix
#' @importFrom SummarizedExperiment assayNames colData `colData<-`
#' @importFrom SingleCellExperiment reducedDim `reducedDim<-` reducedDimNames
#' @importFrom SpatialExperiment SpatialExperiment imgData
#' @importFrom S4Vectors metadata `metadata<-`
#' @importFrom utils packageVersion
#' @importFrom ggplot2 .data
#' @importClassesFrom SingleCellExperiment SingleCellExperiment
#' @importClassesFrom SpatialExperiment SpatialExperiment
#' @importClassesFrom SeuratObject Seurat
"_PACKAGE"
