# Okabe & Ito (black softened), then colours far from those before them for
# normal and colour-blind eyes alike; the palette of the Python side.
.colours <- c(
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#56B4E9",
    "#CC79A7",
    "#F0E442",
    "#333333",
    "#3C0FA5",
    "#4BF078",
    "#690F00",
    "#5A0F5A",
    "#0078FF",
    "#FF0F5A",
    "#69693C",
    "#B4E1A5",
    "#1E3C96",
    "#A5005A",
    "#006978",
    "#784B00",
    "#B487FF",
    "#C3A54B",
    "#00D2E1",
    "#E1A5A5"
)
.grey <- "#D9D9D9"

# Evenly darker with the value, also for colour-blind eyes; without the palest
# part, which is lost on white paper.
.shades <- c(
    "#E8F6B7",
    "#B4E2B6",
    "#6AC5BE",
    "#2FA3C2",
    "#206EB0",
    "#243B93",
    "#081D58"
)

# One colour per domain, named.
.coloursOf <- function(levels, colours) {
    if (is.null(colours)) {
        colours <- rep_len(.colours, length(levels))
    }
    if (is.null(names(colours))) {
        if (length(colours) < length(levels)) {
            stop(
                length(colours),
                " colours for ",
                length(levels),
                " domains.",
                call. = FALSE
            )
        }
        return(stats::setNames(colours[seq_along(levels)], levels))
    }
    without <- setdiff(levels, names(colours))
    if (length(without) > 0L) {
        stop(
            "colours names ",
            .list(names(colours)),
            " and has none for the domains ",
            .list(without),
            ".",
            call. = FALSE
        )
    }
    colours[levels]
}

# For every domain of a factor the domain of the reference it shares most spots
# with, one to one (Hungarian algorithm); NA for those left over.
.partners <- function(labels, reference) {
    shared <- table(labels, reference)
    most <- max(dim(shared))
    square <- matrix(0, most, most)
    square[seq_len(nrow(shared)), seq_len(ncol(shared))] <- shared
    chosen <- as.integer(clue::solve_LSAP(square, maximum = TRUE))[seq_len(nrow(
        shared
    ))]
    overlap <- square[cbind(seq_along(chosen), chosen)]
    stats::setNames(
        ifelse(overlap > 0, colnames(shared)[chosen], NA_character_),
        rownames(shared)
    )
}

# Colours of the domains left over: those of the palette that are not taken, as
# long as there are any.
.spareColours <- function(n, taken) {
    spare <- setdiff(.colours, toupper(taken))
    rep_len(if (length(spare) > 0L) spare else .colours, n)
}
