# What a picture of the tissue shows: the order of its labels, a choice of
# domains, and a window.

# A factor as it is; of all else the values as levels, numbers by size also
# where they are text.
.inOrder <- function(values) {
    if (is.factor(values)) {
        return(droplevels(values))
    }
    names <- as.character(sort(unique(values)))
    numbers <- suppressWarnings(as.numeric(names))
    if (!anyNA(numbers)) {
        names <- names[order(numbers)]
    }
    factor(as.character(values), names)
}

# NA where a domain is not one of `groups`.
.onlyGroups <- function(values, groups, levels) {
    if (is.null(groups)) {
        return(values)
    }
    unknown <- setdiff(as.character(groups), levels)
    if (length(unknown) > 0L || length(groups) == 0L) {
        stop(
            "groups names ",
            .list(unknown),
            ", which is no domain. The domains are ",
            .list(levels),
            ".",
            call. = FALSE
        )
    }
    values[!as.character(values) %in% as.character(groups)] <- NA
    values
}

# Which spots lie in c(x_min, x_max, y_min, y_max).
.inWindow <- function(xy, crop) {
    if (is.null(crop)) {
        return(rep(TRUE, nrow(xy)))
    }
    if (
        !is.numeric(crop) ||
            length(crop) != 4L ||
            !all(is.finite(crop)) ||
            crop[1L] >= crop[2L] ||
            crop[3L] >= crop[4L]
    ) {
        stop(
            "crop has to be c(x_min, x_max, y_min, y_max), each minimum ",
            "below its maximum; it is ",
            .shown(crop),
            ".",
            call. = FALSE
        )
    }
    inside <- xy[, 1L] >= crop[1L] &
        xy[, 1L] <= crop[2L] &
        xy[, 2L] >= crop[3L] &
        xy[, 2L] <= crop[4L]
    if (!any(inside)) {
        stop(
            "No spot lies in crop = ",
            .shown(crop),
            ". x goes from ",
            min(xy[, 1L]),
            " to ",
            max(xy[, 1L]),
            " and y from ",
            min(xy[, 2L]),
            " to ",
            max(xy[, 2L]),
            ".",
            call. = FALSE
        )
    }
    inside
}
