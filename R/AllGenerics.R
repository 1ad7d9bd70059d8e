#' @rdname calculateSemST
#' @export
setGeneric("calculateSemST", function(x, n_domains, ...) standardGeneric("calculateSemST"),
    signature = "x"
)

#' @rdname runSemST
#' @export
setGeneric("runSemST", function(x, n_domains, ...) standardGeneric("runSemST"),
    signature = "x"
)

#' @rdname predictSemST
#' @export
setGeneric("predictSemST", function(x, model, ...) standardGeneric("predictSemST"),
    signature = "x"
)

#' @rdname clusterSemST
#' @export
setGeneric("clusterSemST", function(x, n_domains, ...) standardGeneric("clusterSemST"),
    signature = "x"
)

#' @rdname refineDomains
#' @export
setGeneric("refineDomains", function(x, ...) standardGeneric("refineDomains"))

#' @rdname calculateSemantics
#' @export
setGeneric("calculateSemantics", function(x, ...) standardGeneric("calculateSemantics"))

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
setGeneric("plotExplanation", function(x, ...) standardGeneric("plotExplanation"))

#' @rdname matchDomains
#' @export
setGeneric("matchDomains", function(x, y, ...) standardGeneric("matchDomains"), signature = "x")

#' @rdname alignSlices
#' @export
setGeneric("alignSlices", function(x, ...) standardGeneric("alignSlices"))

#' @rdname domainProportions
#' @export
setGeneric("domainProportions", function(x, ...) standardGeneric("domainProportions"))

#' @rdname domainContacts
#' @export
setGeneric("domainContacts", function(x, ...) standardGeneric("domainContacts"))

#' @rdname exportDomains
#' @export
setGeneric("exportDomains", function(x, file, ...) standardGeneric("exportDomains"),
    signature = "x"
)

#' @rdname plotHistory
#' @export
setGeneric("plotHistory", function(x, ...) standardGeneric("plotHistory"))

#' @rdname plotChoice
#' @export
setGeneric("plotChoice", function(x, ...) standardGeneric("plotChoice"))
