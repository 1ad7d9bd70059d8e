#' Draw what marks each domain
#'
#' A panel a domain, with its size and first markers over it and its first terms
#' in it, the best on top. The bars are -log10 q: they rank the terms of a
#' domain, and are no probability of error, because neighbouring spots are not
#' independent. A domain without terms says why.
#'
#' @param x An object after [explainDomains()] or [runSemST()], or what
#'   `explainDomains()` returns for counts.
#' @param domains Column with the domains.
#' @param n_terms,n_markers Terms and markers of a domain at most.
#' @param colours Colours, one per domain; with names, those of the domains.
#' @param ... Arguments of the method for lists.
#' @return A `ggplot` object.
#' @seealso [explainDomains()], [plotMarkers()], [plotDomains()]
#' @examples
#' if (semstPython()$ready) {
#'     spe <- simulatedCortex(300, 200)
#'     spe <- explainDomains(spe, domains = "ground_truth", n_null = 0,
#'         verbose = FALSE)
#'     plotExplanation(spe, domains = "ground_truth")
#' }
#' @rdname plotExplanation
#' @export
setMethod(
    "plotExplanation",
    "list",
    function(
        x,
        n_terms = 3L,
        n_markers = 5L,
        colours = NULL,
        ...
    ) {
        .nothingElse(..., page = "plotExplanation")
        if (!all(c("domains", "markers", "terms") %in% names(x))) {
            stop(
                "x has to be what explainDomains() returns; it is ",
                .shown(x),
                ".",
                call. = FALSE
            )
        }
        n_terms <- .whole(n_terms, "n_terms")
        n_markers <- .whole(n_markers, "n_markers", low = 0)
        domains <- as.character(x$domains$domain)
        frame <- do.call(
            rbind,
            lapply(domains, function(domain) {
                row <- x$domains[x$domains$domain == domain, , drop = FALSE]
                terms <- utils::head(
                    x$terms[x$terms$domain == domain, , drop = FALSE],
                    n_terms
                )
                genes <- utils::head(
                    x$markers$gene[x$markers$domain == domain],
                    n_markers
                )
                told <- nrow(terms) > 0L
                data.frame(
                    domain = domain,
                    head = .headOf(row, genes),
                    # a place on the axis of its own, so that a term of two
                    # domains has its order in each
                    place = paste(
                        domain,
                        if (told) seq_len(nrow(terms)) else 1L,
                        sep = "\r"
                    ),
                    term = if (told) .wrapped(terms$term, 36L, 2L) else "",
                    strength = if (told) -log10(pmax(terms$q, 1e-300)) else 0,
                    note = if (told) "" else .wrapped(row$note, 32L, 4L)
                )
            })
        )
        frame$head <- factor(frame$head, unique(frame$head))
        frame$place <- factor(frame$place, rev(frame$place))
        frame$domain <- factor(frame$domain, domains)
        terms <- stats::setNames(frame$term, frame$place)
        ggplot2::ggplot(
            frame,
            ggplot2::aes(
                x = .data[["strength"]],
                y = .data[["place"]],
                fill = .data[["domain"]]
            )
        ) +
            ggplot2::geom_col(width = 0.6) +
            ggplot2::geom_text(
                ggplot2::aes(label = .data[["note"]]),
                x = 0,
                hjust = 0,
                size = 2.8
            ) +
            ggplot2::facet_wrap(
                "head",
                scales = "free_y",
                ncol = if (length(domains) > 3L) 2L else 1L
            ) +
            ggplot2::scale_y_discrete(labels = function(place) {
                unname(terms[place])
            }) +
            ggplot2::scale_fill_manual(
                values = .coloursOf(domains, colours),
                guide = "none"
            ) +
            ggplot2::expand_limits(x = 1) +
            ggplot2::coord_cartesian(clip = "off") +
            ggplot2::labs(x = "-log10 q (a ranking)", y = NULL) +
            ggplot2::theme_minimal(base_size = 10) +
            .opaque() +
            ggplot2::theme(
                panel.grid.major.y = ggplot2::element_blank(),
                panel.grid.minor = ggplot2::element_blank(),
                strip.text = ggplot2::element_text(hjust = 0),
                strip.clip = "off",
                axis.text.y = ggplot2::element_text(lineheight = 0.9)
            )
    }
)

#' @rdname plotExplanation
#' @export
setMethod(
    "plotExplanation",
    "SingleCellExperiment",
    function(x, ..., domains = "SemST") {
        plotExplanation(.explained(x, .text(domains, "domains")), ...)
    }
)

#' @rdname plotExplanation
#' @export
setMethod(
    "plotExplanation",
    "Seurat",
    function(x, ..., domains = "semst_domain") {
        plotExplanation(.explained(x, .text(domains, "domains")), ...)
    }
)

# Label and size of a domain, and under it its markers.
.headOf <- function(row, genes) {
    size <- sprintf(
        "%s: %d spots, %.1f %%",
        row$domain,
        as.integer(row$n_spots),
        100 * row$share
    )
    paste(size, .wrapped(paste(genes, collapse = ", "), 34L, 2L), sep = "\n")
}

# At most `most` lines of `width` letters; what does not fit gives way to an
# ellipsis.
.wrapped <- function(text, width, most) {
    vapply(
        as.character(text),
        function(one) {
            lines <- strwrap(one, width + 1L)
            if (length(lines) > most) {
                lines[most] <- paste(
                    lines[seq.int(most, length(lines))],
                    collapse = " "
                )
            }
            lines <- utils::head(lines, most)
            long <- nchar(lines) > width
            lines[long] <- paste0(
                sub("[ ,;]+$", "", substr(lines[long], 1L, width - 1L)),
                "\u2026"
            )
            paste(lines, collapse = "\n")
        },
        "",
        USE.NAMES = FALSE
    )
}
