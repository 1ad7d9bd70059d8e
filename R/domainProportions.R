#' Compare how much of the tissue every domain takes
#'
#' Counts the spots of every domain sample by sample, and holds two conditions
#' against each other. The unit is the sample: spots of one are no replicates,
#' however many there are. Several sections of one donor are no independent
#' samples either: give the donor's column as `samples`, whose sections are then
#' counted together.
#'
#' Proportions of a sample add up to 1, so that a domain that grows makes all
#' others smaller; they are compared as centred log-ratios. Conditions are dealt
#' out anew among the samples, in every way there is or in `n_permutations`
#' random ones. The random stream (`.Random.seed`) is left as it was.
#'
#' @param x Domains, one per spot (`NA` for none; such spots are left out); an
#'   object that holds them; or a list of such objects. Domains have to be the
#'   same ones in all samples, found jointly, as by [runSemST()] of several
#'   slices.
#' @param domains Column with the domains. For a list `NULL` takes the default
#'   of each object's class.
#' @param samples Sample of each spot, or the name of a column. Taken from
#'   `sample_id` of a `SpatialExperiment` and from the images of a `Seurat`
#'   object; in a list every object is a sample, unless a column is named.
#' @param condition Condition of each spot, or the name of a column; in a list
#'   also one for each object, in order or by name. Without it nothing is
#'   compared.
#' @param groups Two conditions, e.g. `c("control", "case")`: differences are of
#'   the second against the first. By default the two that there are, in the
#'   order of the levels of a factor, else of the alphabet. Samples of others
#'   are left out.
#' @param n_permutations Arrangements of the samples at most, 39 or more.
#' @param seed Seed of random ones.
#' @param verbose Whether to show messages.
#' @param ... For objects `n_permutations`, `seed` and `verbose`.
#'
#' @return A list: `counts`, `proportions` and `clr` (centred log-ratios of
#'   `counts + 0.5`), matrices of samples x domains; `conditions` of the
#'   samples, and the two `groups`; `effects`, a data frame with a row a domain
#'   (`domain`, `mean_<group>` for either group, `difference` of the mean
#'   log-ratios with its `standard_error` and 95 % interval `low` to `high`,
#'   `ratio`, `p` and `p_adjusted`); `overall_p` for the whole composition; and
#'   `note` on what so few samples cannot show, or `""`. With fewer than three
#'   samples in a group there are estimates and no p (`NA`). Without conditions
#'   these are `NULL` and `overall_p` is `NA`.
#'
#' @references Aitchison (1982). The statistical analysis of compositional data.
#'   Journal of the Royal Statistical Society B 44.
#' @seealso [plotProportions()], [domainContacts()]
#' @examples
#' if (semstPython()$ready) {
#'     spe <- simulatedCortex(600, 60)
#'     spe$donor <- rep(letters[1:6], 100)
#'     spe$group <- ifelse(spe$donor < "d", "control", "case")
#'     found <- domainProportions(spe, "ground_truth", "donor", "group",
#'         groups = c("control", "case"), verbose = FALSE
#'     )
#'     found$effects
#'     found$note
#' }
#' @rdname domainProportions
#' @export
setMethod(
    "domainProportions",
    "ANY",
    function(
        x,
        samples,
        condition = NULL,
        groups = NULL,
        n_permutations = 9999L,
        seed = 0L,
        verbose = TRUE,
        ...
    ) {
        .nothingElse(..., page = "domainProportions")
        .checkLabelsOf(x, "domainProportions")
        if (missing(samples) || is.null(samples)) {
            stop(
                "samples is missing: the sample of each spot, or the name of ",
                "the column that ",
                "holds it.",
                call. = FALSE
            )
        }
        n_spots <- length(x)
        found <- .call(
            "proportions",
            .crossingLabels(x, n_spots, "domains"),
            .crossingLabels(samples, n_spots, "samples"),
            condition = .crossingLabels(condition, n_spots, "condition"),
            groups = .groups(groups),
            n_permutations = .whole(n_permutations, "n_permutations"),
            random_state = .whole(seed, "seed", low = 0),
            verbose = .flag(verbose, "verbose")
        )
        names <- list(as.character(found$samples), as.character(found$domains))
        tables <- lapply(
            found[c("counts", "proportions", "clr")],
            .matrixOf,
            names
        )
        .tables(c(
            tables,
            .compared(found, overall_p = .missingAsNA(found$overall_p))
        ))
    }
)

#' @rdname domainProportions
#' @export
setMethod(
    "domainProportions",
    "SingleCellExperiment",
    function(
        x,
        domains = "SemST",
        samples = if (methods::is(x, "SpatialExperiment")) "sample_id",
        condition = NULL,
        groups = NULL,
        ...
    ) {
        labels <- .column(x, .text(domains, "domains"), "domains")
        domainProportions(
            labels,
            .perSpot(x, samples, "samples"),
            .perSpot(x, condition, "condition"),
            groups,
            ...
        )
    }
)

#' @rdname domainProportions
#' @export
setMethod(
    "domainProportions",
    "Seurat",
    function(
        x,
        domains = "semst_domain",
        samples = NULL,
        condition = NULL,
        groups = NULL,
        ...
    ) {
        labels <- .column(x, .text(domains, "domains"), "domains")
        if (is.null(samples) && length(SeuratObject::Images(x)) > 0L) {
            samples <- .places(x)$image
        }
        domainProportions(
            labels,
            .perSpot(x, samples, "samples"),
            .perSpot(x, condition, "condition"),
            groups,
            ...
        )
    }
)

#' @rdname domainProportions
#' @export
setMethod(
    "domainProportions",
    "list",
    function(
        x,
        domains = NULL,
        samples = NULL,
        condition = NULL,
        groups = NULL,
        ...
    ) {
        spots <- .labelsOfSlices(x, domains, samples, condition)
        domainProportions(
            spots$domains,
            spots$samples,
            spots$condition,
            groups,
            ...
        )
    }
)

# Labels of spots as they cross to Python: codes, and names in an order that
# means something for a factor only.
.crossingLabels <- function(x, n_spots, what) {
    if (is.null(x)) {
        return(NULL)
    }
    if (length(x) != n_spots) {
        stop(
            what,
            " has ",
            length(x),
            " entries for ",
            n_spots,
            " spots.",
            call. = FALSE
        )
    }
    levels <- if (is.factor(x)) {
        levels(x)
    } else {
        as.character(unique(x[!is.na(x)]))
    }
    list(
        codes = array(.codes(match(as.character(x), levels))),
        levels = as.list(levels),
        ordered = is.factor(x)
    )
}

.groups <- function(groups) {
    if (is.null(groups)) {
        return(NULL)
    }
    if (!length(groups) %in% c(1L, 2L) || !is.atomic(groups) || anyNA(groups)) {
        stop(
            "groups has to be two conditions, c(\"control\", \"case\"); it is ",
            .shown(groups),
            ".",
            call. = FALSE
        )
    }
    as.list(as.character(groups))
}

.matrixOf <- function(values, dimnames) {
    matrix(.missingAsNA(values), lengths(dimnames)[1L], dimnames = dimnames)
}

# What comparisons of conditions have in common.
.compared <- function(found, ...) {
    conditions <- unlist(found$conditions)
    if (!is.null(conditions)) {
        names(conditions) <- unlist(found$samples)
    }
    list(
        conditions = conditions,
        groups = unlist(found$groups),
        effects = if (!is.null(found$effects)) .frame(found$effects),
        ...,
        note = found$note
    )
}

# Of all spots of several objects: domains, samples and conditions, and which
# object each is of.
.labelsOfSlices <- function(x, domains, samples, condition) {
    .checkObjects(x, "Of vectors, those of all spots go in as one.")
    .checkEntries(
        x,
        list(domains = domains, samples = samples, condition = condition)
    )
    names <- .sliceNames(x)
    ofEach <- length(condition) == length(x) &&
        length(x) > 1L &&
        !.perSlice(condition)
    if (ofEach && !is.null(names(condition))) {
        lost <- setdiff(names, names(condition))
        if (length(lost) > 0L) {
            stop(
                "condition has none for ",
                .list(lost),
                "; it names ",
                .list(names(condition)),
                ".",
                call. = FALSE
            )
        }
        condition <- condition[names]
    }
    found <- .eachSlice(x, function(one, k) {
        column <- .ofSlice(domains, k, names)
        if (is.null(column)) {
            column <- if (.isSeurat(one)) "semst_domain" else "SemST"
        }
        sample <- .perSpot(one, .ofSlice(samples, k, names), "samples")
        list(
            domains = .column(one, .text(column, "domains"), "domains"),
            samples = if (is.null(sample)) {
                rep(names[k], ncol(one))
            } else {
                as.character(sample)
            },
            condition = if (ofEach) {
                rep(condition[k], ncol(one))
            } else {
                .perSpot(one, .ofSlice(condition, k, names), "condition")
            },
            slice = rep(names[k], ncol(one))
        )
    })
    whole <- c("domains", "samples", "condition", "slice")
    stats::setNames(
        lapply(whole, function(what) .bound(lapply(unname(found), `[[`, what))),
        whole
    )
}

# One vector of several; factors stay one.
.bound <- function(parts) {
    if (all(vapply(parts, is.factor, NA))) {
        return(do.call(c, parts))
    }
    unlist(lapply(parts, function(part) {
        if (!is.null(part)) unname(as.character(part))
    }))
}
