# One picture of labels or measurements on the tissue: a panel for each slice
# and column. `images` is what .tissueImages() returns.
.drawTissue <- function(
    columns,
    xy,
    samples,
    size = NULL,
    colours = NULL,
    groups = NULL,
    crop = NULL,
    images = NULL
) {
    measured <- vapply(columns, .isMeasured, NA)
    if (any(measured) && !all(measured)) {
        stop(
            "domains names measurements (",
            .list(names(columns)[measured]),
            ") and labels (",
            .list(names(columns)[!measured]),
            "); a picture has one of both.",
            call. = FALSE
        )
    }
    if (any(measured) && !(is.null(groups) && is.null(colours))) {
        stop(
            "groups and colours are about domains; ",
            .list(names(columns)),
            " is measured.",
            call. = FALSE
        )
    }
    samples <- if (is.null(samples)) {
        factor(rep("", nrow(xy)))
    } else {
        .inOrder(samples)
    }
    shown <- .inWindow(xy, crop) & !is.na(samples)
    look <- if (any(measured)) {
        .scaled(columns)
    } else {
        .matched(columns, colours, groups)
    }
    slices <- .ownCorners(xy, samples, shown, crop)
    frame <- .panels(
        look$values,
        slices$xy,
        samples,
        shown,
        .heads(columns, samples, shown)
    )
    n_panels <- nlevels(frame$panel)
    if (is.null(size)) {
        size <- .pointSize(
            .spacing(xy[shown, , drop = FALSE]),
            slices$extent,
            n_panels
        )
    }
    drawn <- ggplot2::ggplot(
        frame,
        ggplot2::aes(
            x = .data[["x"]],
            y = .data[["y"]],
            colour = .data[["value"]]
        )
    ) +
        .imageLayers(images, frame, xy, samples, shown, slices$corner, crop) +
        .points(sum(shown), size, n_panels) +
        look$scale +
        ggplot2::scale_y_reverse() +
        .tissueAxes(crop, slices$corner) +
        ggplot2::theme_void(base_size = 11) +
        ggplot2::theme(
            strip.text = ggplot2::element_text(
                margin = ggplot2::margin(4, 4, 4, 4)
            ),
            plot.margin = ggplot2::margin(6, 6, 6, 6)
        ) +
        .opaque()
    if (n_panels == 1L) {
        return(drawn)
    }
    several <- length(columns) > 1L && nlevels(droplevels(samples[shown])) > 1L
    drawn + ggplot2::facet_wrap("panel", ncol = if (several) length(columns))
}

# Pictures lie on white, also where the page or the slide does not.
.opaque <- function() {
    ggplot2::theme(
        plot.background = ggplot2::element_rect(fill = "white", colour = NA)
    )
}

# Whole numbers of few kinds are labels, as clusterings write them.
.isMeasured <- function(values) {
    if (!is.numeric(values)) {
        return(FALSE)
    }
    held <- unique(values[is.finite(values)])
    any(held != round(held)) || length(held) > 50L
}

.scaled <- function(columns) {
    values <- unlist(columns)
    if (!any(is.finite(values))) {
        stop(
            .list(names(columns)),
            " holds no finite number: there is nothing to draw.",
            call. = FALSE
        )
    }
    ends <- range(values[is.finite(values)])
    if (ends[1L] >= 0 && ends[2L] <= 1) {
        ends[1L] <- 0
    } # a share, such as an uncertainty
    list(
        values = columns,
        scale = ggplot2::scale_colour_gradientn(
            colours = .shades,
            limits = ends,
            na.value = .grey,
            name = if (length(columns) == 1L) names(columns) else "value"
        )
    )
}

# Every column's domains as those of the first that they are matched with, for
# colours; the legend names all.
.matched <- function(columns, colours, groups) {
    columns[] <- lapply(columns, .inOrder)
    reference <- columns[[1L]]
    names <- data.frame(levels(reference), check.names = FALSE)
    colours <- .coloursOf(levels(reference), colours)
    for (column in columns[-1L]) {
        partners <- .partners(column, reference)
        lonely <- names(partners)[is.na(partners)]
        own <- names(partners)[match(levels(reference), partners)]
        own <- c(own, rep(NA, nrow(names) - length(own)), lonely)
        names <- rbind(
            names,
            names[rep(NA_integer_, length(lonely)), , drop = FALSE]
        )
        names <- cbind(names, own)
        colours <- c(colours, .spareColours(length(lonely), colours))
    }
    names(names) <- names(columns)
    if (!is.null(groups)) {
        chosen <- .onlyGroups(reference, groups, levels(reference))
        kept <- names[[1L]] %in% levels(droplevels(chosen))
    } else {
        kept <- rep(TRUE, nrow(names))
    }
    rows <- as.character(seq_len(nrow(names)))
    values <- columns
    for (k in seq_along(columns)) {
        row <- match(as.character(columns[[k]]), names[[k]], incomparables = NA)
        row[!row %in% which(kept)] <- NA
        values[[k]] <- factor(rows[row], rows)
    }
    list(
        values = values,
        scale = list(
            ggplot2::scale_colour_manual(
                values = stats::setNames(unname(colours), rows),
                na.value = .grey,
                drop = FALSE,
                breaks = rows[kept],
                labels = .namesInRow(names)[kept],
                name = if (ncol(names) == 1L) {
                    names(names)
                } else {
                    paste(names(names), collapse = " | ")
                }
            ),
            ggplot2::guides(
                colour = ggplot2::guide_legend(
                    override.aes = list(size = 3.5),
                    ncol = ceiling(sum(kept) / 12)
                )
            )
        )
    )
}

# "Layer1 | 3"; a name alone where all columns agree, and a dash for none.
.namesInRow <- function(names) {
    told <- apply(as.matrix(names), 1L, function(row) {
        if (!anyNA(row) && length(unique(row)) == 1L) {
            return(row[[1L]])
        }
        paste(ifelse(is.na(row), "\u2013", row), collapse = " | ")
    })
    unname(told)
}

# Title of every column in every slice.
.heads <- function(columns, samples, shown) {
    slices <- levels(droplevels(samples[shown]))
    labelled <- !.isMeasured(columns[[1L]])
    function(slice, name) {
        here <- samples == slice & !is.na(samples)
        head <- if (length(columns) > 1L) name
        if (length(columns) > 1L && labelled && name != names(columns)[1L]) {
            both <- here & !is.na(columns[[1L]]) & !is.na(columns[[name]])
            ari <- mclust::adjustedRandIndex(
                columns[[1L]][both],
                columns[[name]][both]
            )
            head <- if (any(both)) sprintf("%s (ARI %.2f)", name, ari) else name
        }
        paste(c(if (length(slices) > 1L) slice, head), collapse = ": ")
    }
}

.panels <- function(values, xy, samples, shown, head) {
    slices <- levels(droplevels(samples[shown]))
    frames <- lapply(slices, function(slice) {
        here <- which(shown & samples == slice)
        do.call(
            rbind,
            lapply(names(values), function(name) {
                data.frame(
                    x = xy[here, 1L],
                    y = xy[here, 2L],
                    value = values[[name]][here],
                    sample = slice,
                    what = name,
                    panel = head(slice, name)
                )
            })
        )
    })
    frame <- do.call(rbind, frames)
    frame$panel <- factor(frame$panel, unique(frame$panel))
    frame
}

# Coordinates of several slices, each in the middle of its panel; those of one
# stay. `corner` is what was taken off.
.ownCorners <- function(xy, samples, shown, crop) {
    slices <- levels(droplevels(samples[shown]))
    ends <- vapply(
        slices,
        function(slice) {
            if (!is.null(crop)) {
                return(as.double(crop))
            }
            here <- which(shown & samples == slice)
            c(range(xy[here, 1L]), range(xy[here, 2L]))
        },
        double(4L)
    )
    lengths <- ends[c(2L, 4L), , drop = FALSE] - ends[c(1L, 3L), , drop = FALSE]
    most <- apply(lengths, 1L, max)
    corner <- t(ends[c(1L, 3L), , drop = FALSE] - (most - lengths) / 2)
    if (length(slices) == 1L) {
        corner[] <- 0
    }
    shift <- corner[match(samples, slices), , drop = FALSE]
    shift[is.na(shift)] <- 0
    list(
        xy = xy[, 1:2, drop = FALSE] - unname(shift),
        corner = corner,
        extent = max(most)
    )
}

# Equal units on both axes; a window from end to end. y points downwards.
.tissueAxes <- function(crop, corner) {
    if (is.null(crop)) {
        return(ggplot2::coord_fixed(clip = "off"))
    }
    if (nrow(corner) > 1L) {
        crop <- crop - crop[c(1L, 1L, 3L, 3L)]
    }
    ggplot2::coord_fixed(
        xlim = crop[1:2],
        ylim = crop[4:3],
        expand = FALSE,
        clip = "on"
    )
}

# Pixels are as large as the points would be in a picture 5 inches wide.
.points <- function(n, size, n_panels) {
    if (n <= 1e5) {
        return(ggplot2::geom_point(size = size, stroke = 0))
    }
    if (requireNamespace("scattermore", quietly = TRUE)) {
        return(scattermore::geom_scattermore(
            pointsize = max(1, size * 1600 * sqrt(n_panels) / 125),
            pixels = c(1600, 1600)
        ))
    }
    message(
        "SemST: ",
        n,
        " points are drawn one by one, which takes long; with ",
        "install.packages(\"scattermore\") they are drawn as pixels."
    )
    ggplot2::geom_point(size = size, stroke = 0)
}

# Median distance of the nearest spots.
.spacing <- function(xy) {
    some <- xy[
        unique(round(seq(1, nrow(xy), length.out = min(nrow(xy), 200L)))),
        ,
        drop = FALSE
    ]
    nearest <- apply(some, 1L, function(spot) {
        apart <- (xy[, 1L] - spot[1L])^2 + (xy[, 2L] - spot[2L])^2
        sqrt(min(apart[apart > 0], Inf))
    })
    stats::median(nearest[is.finite(nearest)])
}

# Points that nearly touch in a picture about 5 inches wide.
.pointSize <- function(spacing, extent, n_panels) {
    if (!is.finite(spacing) || extent == 0) {
        return(2)
    }
    min(6, max(0.2, 0.95 * spacing / extent * 125 / sqrt(n_panels)))
}
