#' Draw the course of training
#'
#' The total loss and its parts over the epochs, each in a panel with a scale of
#' its own. A run that trained nothing, such as SemST's default, has no course.
#'
#' @param x An object after [runSemST()], or its record (`metadata(x)$SemST`).
#' @param name Stem of the names of that run's results.
#' @param ... Nothing else is accepted.
#' @return A `ggplot` object.
#' @seealso [plotChoice()], [plotDomains()]
#' @examples
#' plotHistory(list(history = list(loss = c(3, 2.4, 2.1), zinb = c(2, 1.7,
#'     1.6))))
#' @rdname plotHistory
#' @export
setMethod("plotHistory", "list", function(x, ...) {
    .nothingElse(..., page = "plotHistory")
    curves <- Filter(
        function(curve) is.numeric(curve) && length(curve) > 0L,
        x$history
    )
    if (length(curves) == 0L) {
        stop(
            "The record holds no curve: nothing was trained. SemST trains ",
            "networks with ",
            "preset = \"network\" only.",
            call. = FALSE
        )
    }
    first <- intersect(names(.lossNames), names(curves))
    curves <- curves[c(first, setdiff(names(curves), first))]
    titles <- ifelse(
        names(curves) %in% first,
        .lossNames[names(curves)],
        names(curves)
    )
    frame <- do.call(
        rbind,
        Map(
            function(curve, title) {
                data.frame(
                    epoch = seq_along(curve),
                    value = as.vector(curve),
                    part = title
                )
            },
            curves,
            titles
        )
    )
    frame$part <- factor(frame$part, titles)
    ggplot2::ggplot(
        frame,
        ggplot2::aes(
            x = .data[["epoch"]],
            y = .data[["value"]],
            colour = .data[["part"]]
        )
    ) +
        (if (max(lengths(curves)) > 1L) {
            ggplot2::geom_line(linewidth = 0.7)
        } else {
            ggplot2::geom_point()
        }) +
        ggplot2::facet_wrap("part", scales = "free_y", nrow = 1L) +
        ggplot2::scale_colour_manual(
            values = .coloursOf(titles, NULL),
            guide = "none"
        ) +
        ggplot2::scale_x_continuous(breaks = .wholeNumbers) +
        ggplot2::labs(y = NULL) +
        .curves()
})

#' @rdname plotHistory
#' @export
setMethod(
    "plotHistory",
    "SingleCellExperiment",
    function(x, name = "SemST", ...) {
        plotHistory(.recordOf(x, name), ...)
    }
)

#' @rdname plotHistory
#' @export
setMethod("plotHistory", "Seurat", function(x, name = "semst", ...) {
    plotHistory(.recordOf(x, name), ...)
})

.lossNames <- c(
    loss = "total loss",
    zinb = "ZINB",
    correlation = "correlation reduction",
    spatial = "spatial regulariser"
)

.wholeNumbers <- function(limits) unique(round(pretty(limits, 5L)))

.curves <- function() {
    ggplot2::theme_minimal(base_size = 10) +
        .opaque() +
        ggplot2::theme(
            panel.grid.minor = ggplot2::element_blank(),
            strip.text = ggplot2::element_text(hjust = 0),
            strip.clip = "off"
        )
}

# The record of a run.
.recordOf <- function(x, name) {
    name <- .text(name, "name")
    held <- .held(x)
    record <- held[[name]]
    if (!is.list(record)) {
        stop(
            if (.isSeurat(x)) "Misc(x)" else "metadata(x)",
            " has no record \"",
            name,
            "\"; it has ",
            .list(names(held)),
            ". Call runSemST() first, or give name =.",
            call. = FALSE
        )
    }
    record
}
