#' The models, and what each can do
#'
#' @return A data frame with one row per model, named as `model` of [runSemST()]
#'   takes it: its `title`, and one column per feature that holds `"yes"` or the
#'   reason why the model lacks it.
#' @seealso [semstSettings()]
#' @examples
#' if (semstPython()$ready) {
#'     semstModels()[, c("title", "image", "radius")]
#' }
#' @export
semstModels <- function() {
    known <- .known()
    data.frame(
        title = unlist(known$models),
        .rows(known$features[names(known$models)]),
        row.names = names(known$models)
    )
}

#' The settings of a model
#'
#' What [runSemST()] takes as `...`, besides its own arguments.
#'
#' @param model Name of the model; [semstModels()] lists them.
#' @return A data frame with one row per setting: its `name`, `type`, `default`
#'   and `help`.
#' @seealso [semstModels()]
#' @examples
#' if (semstPython()$ready) {
#'     head(semstSettings("graphst"))
#' }
#' @export
semstSettings <- function(model = "semst") {
    known <- .known()$settings
    .rows(known[[.choice(model, names(known), "model")]])
}

.known <- function() .plain(.core()$models())

.rows <- function(lists) {
    do.call(rbind, lapply(lists, as.data.frame))
}
