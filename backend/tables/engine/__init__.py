"""The query process: every question to a table that is more than a slice of its rows.

A query runs in a child process, so that its death costs the queries in it a retry, and no watcher a
socket. Whoever adds a question needs four names:

- `questions.Question`: what to ask of which files, `(source, query, arguments)`.
- `engine.QueryEngine.ask(operation, question, timeout_s=…)`: the parent's side; async, can be
  cancelled.
- `registry.operation("name")`: registers a function `(rows: OpenRows, question) -> answer` which
  runs in the child. Its module must be named in `worker.OPERATION_MODULES`. The answer is what JSON
  can say, or `bytes`; what is large goes to a file that the parent names in the arguments.
- `opened.OpenRows`: the sheet as that function sees it: a DuckDB connection, `relation` for FROM,
  `column(key)`, `text(key)`, `where(query)`, `order_by(query)`.

In services, `services/querying.py` holds the sheet's files on this node while a question is asked.
"""
