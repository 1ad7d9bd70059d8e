#' Draw the marker genes of all domains
#'
#' A row is a domain, a column a gene. A point grows with the share of the
#' domain's spots that have the gene; its colour is the mean of
#' `log(1 + count / library size * 10,000)` over all of them, from the lowest
#' domain (0) to the highest (1) gene by gene. The panels are the domains that
#' the genes are markers of; a gene that marks several stands with the first.
#'
#' @param x An object after [explainDomains()] or [runSemST()].
#' @param domains Column with the domains.
#' @param n_genes Genes for each domain.
#' @param symbols,assay.type,assay,layer As in [explainDomains()].
#' @param ... Nothing else is accepted.
#' @return A `ggplot` object.
#' @seealso [explainDomains()], [plotExplanation()]
#' @examples
#' if (semstPython()$ready) {
#'     spe <- simulatedCortex(300, 200)
#'     spe <- explainDomains(spe, domains = "ground_truth", n_null = 0,
#'         verbose = FALSE)
#'     plotMarkers(spe, domains = "ground_truth")
#' }
#' @rdname plotMarkers
#' @export
setMethod(
    "plotMarkers",
    "SingleCellExperiment",
    function(
        x,
        domains = "SemST",
        n_genes = 3L,
        assay.type = "counts",
        symbols = NULL,
        ...
    ) {
        .nothingElse(..., page = "plotMarkers")
        held <- .explained(x, .text(domains, "domains"))
        counts <- .sparse(.assay(x, assay.type))
        rownames(counts) <- rownames(x)
        .plotMarkers(
            counts,
            .column(x, domains, "domains"),
            held$markers,
            n_genes,
            .symbols(x, symbols)
        )
    }
)

#' @rdname plotMarkers
#' @export
setMethod(
    "plotMarkers",
    "Seurat",
    function(
        x,
        domains = "semst_domain",
        n_genes = 3L,
        assay = NULL,
        layer = "counts",
        symbols = NULL,
        ...
    ) {
        .nothingElse(..., page = "plotMarkers")
        held <- .explained(x, .text(domains, "domains"))
        assay <- .seuratAssay(x, assay)
        .plotMarkers(
            .seuratCounts(x, assay, layer),
            .column(x, domains, "domains"),
            held$markers,
            n_genes,
            .symbols(x, symbols, assay)
        )
    }
)

.plotMarkers <- function(counts, labels, markers, n_genes, symbols) {
    n_genes <- .whole(n_genes, "n_genes")
    labels <- droplevels(as.factor(labels))
    first <- do.call(
        rbind,
        lapply(levels(labels), function(domain) {
            utils::head(
                markers[markers$domain == domain, c("domain", "gene")],
                n_genes
            )
        })
    )
    first <- first[!duplicated(first$gene), , drop = FALSE]
    if (nrow(first) == 0L) {
        stop("No domain has a marker: there is nothing to draw.", call. = FALSE)
    }
    genes <- .genes(counts, symbols, "x")
    gone <- setdiff(first$gene, genes)
    if (length(gone) > 0L) {
        stop(
            length(gone),
            " of ",
            nrow(first),
            " markers are no genes of x (first: ",
            gone[1L],
            "). Name the column that holds the symbols, symbols =, or call ",
            "explainDomains() again.",
            call. = FALSE
        )
    }
    found <- .summaries(counts, labels, match(first$gene, genes))
    frame <- expand.grid(
        domain = levels(labels),
        gene = first$gene,
        stringsAsFactors = FALSE
    )
    frame$share <- as.vector(found$share)
    frame$level <- as.vector(found$level)
    frame$of <- factor(
        rep(first$domain, each = nlevels(labels)),
        levels(labels)
    )
    frame$gene <- factor(frame$gene, first$gene)
    frame$domain <- factor(frame$domain, rev(levels(labels)))
    ggplot2::ggplot(
        frame,
        ggplot2::aes(
            x = .data[["gene"]],
            y = .data[["domain"]],
            size = .data[["share"]],
            fill = .data[["level"]]
        )
    ) +
        ggplot2::geom_point(shape = 21L, colour = "#555555", stroke = 0.25) +
        ggplot2::facet_grid(
            cols = ggplot2::vars(.data[["of"]]),
            scales = "free_x",
            space = "free_x"
        ) +
        ggplot2::scale_size_area(
            max_size = 6,
            limits = c(0, 1),
            breaks = seq(0.2, 1, 0.2),
            labels = paste0(seq(20, 100, 20), " %"),
            name = "spots with the gene"
        ) +
        ggplot2::scale_fill_gradientn(
            colours = c("#F7FCCB", "#7FCDBB", "#1D91C0", "#225EA8", "#081D58"),
            limits = c(0, 1),
            breaks = c(0, 1),
            labels = c("lowest", "highest"),
            name = "mean, gene by gene"
        ) +
        ggplot2::guides(
            size = ggplot2::guide_legend(override.aes = list(fill = "#BBBBBB"))
        ) +
        ggplot2::labs(x = NULL, y = NULL) +
        ggplot2::theme_minimal(base_size = 10) +
        .opaque() +
        ggplot2::theme(
            axis.text.x = ggplot2::element_text(
                angle = 90,
                hjust = 1,
                vjust = 0.5,
                face = "italic"
            ),
            panel.grid = ggplot2::element_blank(),
            panel.border = ggplot2::element_rect(colour = "#CCCCCC", fill = NA),
            panel.spacing = ggplot2::unit(2, "pt")
        )
}

# Share of spots with a gene, and mean log-normalised value from the lowest
# domain (0) to the highest (1): matrices of domains x genes. Spots without
# counts do not count.
.summaries <- function(counts, labels, rows) {
    totals <- Matrix::colSums(counts)
    kept <- which(totals > 0 & !is.na(labels))
    values <- counts[rows, kept, drop = FALSE]
    present <- methods::as(values > 0, "dMatrix")
    of_spot <- rep(1e4 / totals[kept], diff(values@p))
    values@x <- log1p(values@x * of_spot)
    spots <- Matrix::sparseMatrix(
        i = seq_along(kept),
        j = as.integer(labels)[kept],
        x = 1,
        dims = c(length(kept), nlevels(labels))
    )
    n_spots <- pmax(Matrix::colSums(spots), 1)
    mean <- as.matrix(values %*% spots) / rep(n_spots, each = length(rows))
    low <- apply(mean, 1L, min)
    extent <- apply(mean, 1L, max) - low
    list(
        share = t(as.matrix(present %*% spots)) / n_spots,
        level = t((mean - low) / ifelse(extent > 0, extent, 1))
    )
}
