#' Draw what share of every sample each domain takes
#'
#' A bar is a sample, in a panel for each condition. Where conditions were
#' compared, another panel has a row a domain: the log2 ratio between them with
#' its 95 % interval, filled where the adjusted p is below 0.05.
#'
#' @param x What [domainProportions()] returns.
#' @param colours Colours, one per domain; with names, those of the domains.
#' @return A `ggplot` object.
#' @seealso [domainProportions()], [plotDomains()]
#' @examples
#' if (semstPython()$ready) {
#'     spe <- simulatedCortex(600, 60)
#'     spe$donor <- rep(letters[1:6], 100)
#'     spe$group <- ifelse(spe$donor < "d", "control", "case")
#'     found <- domainProportions(spe, "ground_truth", "donor", "group",
#'         verbose = FALSE)
#'     plotProportions(found)
#' }
#' @export
plotProportions <- function(x, colours = NULL) {
    if (
        !is.list(x) ||
            !is.matrix(x$proportions) ||
            !all(c("effects", "note") %in% names(x))
    ) {
        stop(
            "x has to be what domainProportions() returns; it is ",
            .shown(x),
            ".",
            call. = FALSE
        )
    }
    domains <- colnames(x$proportions)
    samples <- rownames(x$proportions)
    bars <- expand.grid(
        sample = samples,
        domain = domains,
        stringsAsFactors = FALSE
    )
    bars$share <- as.vector(x$proportions)
    compared <- !is.null(x$effects)
    heads <- if (compared) {
        stats::setNames(.headsOfGroups(x), c(x$groups, "difference"))
    }
    bars$panel <- if (compared) {
        heads[x$conditions[bars$sample]]
    } else {
        "share of the spots"
    }
    # a place of its own on the axis for a domain that is called as a sample is
    bars$place <- paste("sample", bars$sample, sep = "\r")
    places <- c(
        paste("sample", rev(samples), sep = "\r"),
        paste("domain", rev(domains), sep = "\r")
    )
    panels <- if (compared) unname(heads) else unique(bars$panel)
    bars$place <- factor(bars$place, places)
    bars$panel <- factor(bars$panel, panels)
    bars$domain <- factor(bars$domain, domains)
    colours <- .coloursOf(domains, colours)
    ggplot2::ggplot(bars, ggplot2::aes(y = .data[["place"]])) +
        ggplot2::geom_col(
            ggplot2::aes(x = .data[["share"]], fill = .data[["domain"]]),
            width = 0.8,
            orientation = "y",
            position = ggplot2::position_stack(reverse = TRUE)
        ) +
        (if (compared) .drawnEffects(x$effects, places, panels, domains)) +
        ggplot2::facet_wrap("panel", scales = "free") +
        ggplot2::scale_y_discrete(labels = function(place) {
            sub("^[a-z]+\r", "", place)
        }) +
        ggplot2::scale_fill_manual(values = colours, name = "domain") +
        ggplot2::scale_colour_manual(values = colours, guide = "none") +
        ggplot2::labs(
            x = NULL,
            y = NULL,
            caption = paste(strwrap(x$note, 110L), collapse = "\n")
        ) +
        ggplot2::theme_minimal(base_size = 10) +
        .opaque() +
        ggplot2::theme(
            panel.grid.major.y = ggplot2::element_blank(),
            panel.grid.minor = ggplot2::element_blank(),
            strip.text = ggplot2::element_text(hjust = 0, vjust = 1),
            strip.clip = "off",
            plot.caption = ggplot2::element_text(hjust = 0)
        )
}

# Titles of the panels: both conditions, and the difference between them.
.headsOfGroups <- function(x) {
    tested <- any(!is.na(x$effects$p))
    c(
        paste0(x$groups, "\nshare of the spots"),
        paste0(
            "log2 ratio, ",
            x$groups[2L],
            " to ",
            x$groups[1L],
            " (95 %)\n",
            if (!tested) "no test" else "filled: adjusted p < 0.05",
            if (!is.na(x$overall_p)) {
                paste0("\nwhole composition: p = ", signif(x$overall_p, 2))
            }
        )
    )
}

.drawnEffects <- function(effects, places, panels, domains) {
    frame <- data.frame(
        place = factor(paste("domain", effects$domain, sep = "\r"), places),
        domain = factor(effects$domain, domains),
        panel = factor(panels[3L], panels),
        middle = effects$difference / log(2),
        low = effects$low / log(2),
        high = effects$high / log(2),
        sure = !is.na(effects$p_adjusted) & effects$p_adjusted < 0.05
    )
    colour <- ggplot2::aes(x = .data[["middle"]], colour = .data[["domain"]])
    list(
        ggplot2::geom_vline(
            ggplot2::aes(xintercept = .data[["at"]]),
            colour = "#999999",
            linewidth = 0.3,
            data = data.frame(at = 0, panel = frame$panel[1L])
        ),
        ggplot2::geom_linerange(
            ggplot2::aes(
                xmin = .data[["low"]],
                xmax = .data[["high"]],
                colour = .data[["domain"]]
            ),
            data = frame[!is.na(frame$low), , drop = FALSE],
            linewidth = 0.7
        ),
        ggplot2::geom_point(
            colour,
            data = frame[frame$sure, , drop = FALSE],
            size = 2.6
        ),
        ggplot2::geom_point(
            colour,
            data = frame[!frame$sure, , drop = FALSE],
            size = 2.2,
            shape = 21L,
            fill = "white",
            stroke = 0.9
        )
    )
}
