# Arguments that mean the same for every object stand in the generic, where
# args() shows them.

#' @rdname calculateSemST
#' @export
setGeneric(
    "calculateSemST",
    function(
        x,
        n_domains,
        model = "semst",
        ...,
        fsm = NULL,
        semantics = NULL,
        cluster = "auto",
        refine = TRUE,
        explain = TRUE,
        seed = 0L,
        save_model = NULL,
        verbose = TRUE
    ) {
        standardGeneric("calculateSemST")
    },
    signature = "x"
)

#' @rdname runSemST
#' @export
setGeneric(
    "runSemST",
    function(
        x,
        n_domains,
        model = "semst",
        ...,
        fsm = NULL,
        semantics = NULL,
        cluster = "auto",
        refine = TRUE,
        explain = TRUE,
        seed = 0L,
        save_model = NULL,
        name = NULL,
        store_semantic = FALSE,
        store_graph = FALSE,
        verbose = TRUE
    ) {
        standardGeneric("runSemST")
    },
    signature = "x"
)

#' @rdname predictSemST
#' @export
setGeneric(
    "predictSemST",
    function(x, model, ...) standardGeneric("predictSemST"),
    signature = "x"
)

#' @rdname clusterSemST
#' @export
setGeneric(
    "clusterSemST",
    function(x, n_domains, ...) standardGeneric("clusterSemST"),
    signature = "x"
)

#' @rdname refineDomains
#' @export
setGeneric("refineDomains", function(x, ...) standardGeneric("refineDomains"))

#' @rdname calculateSemantics
#' @export
setGeneric("calculateSemantics", function(x, ...) {
    standardGeneric("calculateSemantics")
})

#' @rdname plotDomains
#' @export
setGeneric("plotDomains", function(x, ...) standardGeneric("plotDomains"))

#' @rdname domainMetrics
#' @export
setGeneric("domainMetrics", function(x, ...) standardGeneric("domainMetrics"))

#' @rdname explainDomains
#' @export
setGeneric("explainDomains", function(x, ...) standardGeneric("explainDomains"))

#' @rdname plotMarkers
#' @export
setGeneric("plotMarkers", function(x, ...) standardGeneric("plotMarkers"))

#' @rdname plotExplanation
#' @export
setGeneric("plotExplanation", function(x, ...) {
    standardGeneric("plotExplanation")
})

#' @rdname matchDomains
#' @export
setGeneric(
    "matchDomains",
    function(x, y, ...) standardGeneric("matchDomains"),
    signature = "x"
)

#' @rdname alignSlices
#' @export
setGeneric("alignSlices", function(x, ...) standardGeneric("alignSlices"))

#' @rdname domainProportions
#' @export
setGeneric("domainProportions", function(x, ...) {
    standardGeneric("domainProportions")
})

#' @rdname domainContacts
#' @export
setGeneric("domainContacts", function(x, ...) standardGeneric("domainContacts"))

#' @rdname exportDomains
#' @export
setGeneric(
    "exportDomains",
    function(x, file, ...) standardGeneric("exportDomains"),
    signature = "x"
)

#' @rdname plotHistory
#' @export
setGeneric("plotHistory", function(x, ...) standardGeneric("plotHistory"))

#' @rdname plotChoice
#' @export
setGeneric("plotChoice", function(x, ...) standardGeneric("plotChoice"))

#' @rdname chooseNDomains
#' @export
setGeneric(
    "chooseNDomains",
    function(x, k = 2:15, ...) standardGeneric("chooseNDomains"),
    signature = "x"
)

#' @rdname harmoniseSlices
#' @export
setGeneric("harmoniseSlices", function(x, ...) {
    standardGeneric("harmoniseSlices")
})

#' @rdname splitDomains
#' @export
setGeneric(
    "splitDomains",
    function(x, domain, n = 2, ...) standardGeneric("splitDomains"),
    signature = "x"
)

#' @rdname domainTree
#' @export
setGeneric("domainTree", function(x, ...) standardGeneric("domainTree"))

#' @rdname cutDomains
#' @export
setGeneric(
    "cutDomains",
    function(x, n, ...) standardGeneric("cutDomains"),
    signature = "x"
)

#' @rdname matchLabels
#' @export
setGeneric(
    "matchLabels",
    function(x, reference, ...) standardGeneric("matchLabels"),
    signature = "x"
)

#' @rdname spatialGraph
#' @export
setGeneric("spatialGraph", function(x, ...) standardGeneric("spatialGraph"))
