#' Draw the curves behind a choice of the number of domains
#'
#' What every criterion says of every number of domains. A dashed line marks the
#' chosen number, a black ring what each criterion would have chosen, and grey
#' rings with their number the other peaks of the stability, whose band is its
#' standard error. A criterion that is best at an end of the range has no
#' optimum in it.
#'
#' @param x An object after `runSemST(x, "auto")`, its record
#'   (`metadata(x)$SemST`), or the `choice` in it.
#' @param name Stem of the names of that run's results.
#' @param ... Nothing else is accepted.
#' @return A `ggplot` object.
#' @seealso [runSemST()], [plotDomains()]
#' @examples
#' curve <- c(0.5, 0.9, 0.4)
#' plotChoice(list(
#'     k = 2:4, n_domains = 3, choices = list(stability = 3), stability = curve,
#'     stability_se = curve / 20, silhouette = curve, bic = -curve, icl = -curve
#' ))
#' @rdname plotChoice
#' @export
setMethod("plotChoice", "list", function(x, ...) {
    .nothingElse(..., page = "plotChoice")
    choice <- if (is.list(x[["choice"]])) x[["choice"]] else x
    if (!all(c("k", "n_domains", "stability") %in% names(choice))) {
        stop(
            "x holds no curves of a choice; they are kept by n_domains = ",
            "\"auto\".",
            call. = FALSE
        )
    }
    shown <- intersect(names(.criteria), names(choice))
    titles <- vapply(
        shown,
        function(name) {
            without <- is.null(choice$choices[[name]])
            paste0(
                .criteria[[name]],
                if (without) "\nno optimum in this range" else "\n "
            )
        },
        ""
    )
    frame <- do.call(
        rbind,
        lapply(shown, function(name) {
            error <- choice[[paste0(name, "_se")]]
            data.frame(
                k = choice$k,
                value = choice[[name]],
                title = titles[[name]],
                criterion = name,
                error = if (is.null(error)) NA_real_ else error,
                strength = if (is.null(choice$choices[[name]])) 0.4 else 1
            )
        })
    )
    frame$title <- factor(frame$title, titles)
    best <- Map(
        function(name) {
            frame$criterion == name & frame$k == choice$choices[[name]]
        },
        intersect(shown, names(choice$choices))
    )
    peaks <- frame$criterion == "stability" &
        frame$k %in%
            setdiff(
                choice$peaks$n_domains,
                c(choice$n_domains, choice$choices$stability)
            )
    ggplot2::ggplot(
        frame,
        ggplot2::aes(
            x = .data[["k"]],
            y = .data[["value"]],
            colour = .data[["title"]]
        )
    ) +
        ggplot2::geom_vline(
            xintercept = choice$n_domains,
            linetype = "dashed",
            linewidth = 0.4
        ) +
        ggplot2::geom_ribbon(
            ggplot2::aes(
                ymin = .data[["value"]] - .data[["error"]],
                ymax = .data[["value"]] + .data[["error"]],
                fill = .data[["title"]]
            ),
            data = frame[!is.na(frame$error), , drop = FALSE],
            alpha = 0.25,
            colour = NA
        ) +
        ggplot2::geom_line(
            ggplot2::aes(alpha = .data[["strength"]]),
            linewidth = 0.6
        ) +
        ggplot2::geom_point(
            ggplot2::aes(alpha = .data[["strength"]]),
            size = 1.6
        ) +
        .rings(
            frame[Reduce(`|`, best, rep(FALSE, nrow(frame))), , drop = FALSE],
            "black"
        ) +
        .rings(frame[peaks, , drop = FALSE], "#888888") +
        ggplot2::geom_text(
            ggplot2::aes(label = .data[["k"]]),
            data = frame[peaks, , drop = FALSE],
            vjust = -1.4,
            size = 2.8,
            colour = "#555555"
        ) +
        ggplot2::facet_wrap("title", scales = "free_y", nrow = 1L) +
        ggplot2::scale_colour_manual(
            values = .coloursOf(titles, NULL),
            aesthetics = c("colour", "fill"),
            guide = "none"
        ) +
        ggplot2::scale_alpha_identity() +
        ggplot2::scale_x_continuous(breaks = .wholeNumbers) +
        ggplot2::labs(x = "domains", y = NULL) +
        .curves()
})

#' @rdname plotChoice
#' @export
setMethod(
    "plotChoice",
    "SingleCellExperiment",
    function(x, name = "SemST", ...) {
        plotChoice(.recordOf(x, name), ...)
    }
)

#' @rdname plotChoice
#' @export
setMethod("plotChoice", "Seurat", function(x, name = "semst", ...) {
    plotChoice(.recordOf(x, name), ...)
})

.criteria <- c(
    stability = "stability: higher is better",
    silhouette = "silhouette: higher is better",
    bic = "BIC per spot: lower is better",
    icl = "ICL per spot: lower is better"
)

.rings <- function(points, colour) {
    ggplot2::geom_point(
        data = points,
        shape = 21L,
        size = 4.5,
        fill = NA,
        colour = colour
    )
}
