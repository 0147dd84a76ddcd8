"""Texts that exports are measured on: golden ones for parity, questions with their passages for quantisation.

Written for this purpose. They cover prose, code, identifiers, other scripts and very short and long inputs, because
a wrong tokenizer or position table shows in some of these only.
"""

GOLDEN: tuple[str, ...] = (
    "How do I install the package?",
    "",
    "a",
    "Return 422 when the request body does not match the schema.",
    "def create_app(settings: Settings | None = None) -> FastAPI:\n    return FastAPI(title='docs')",
    "Set `--chunk-size 1600` and `--chunk-overlap 0`, or leave both out.",
    "Die Größe der Abschnitte läßt sich ändern; naïve façade, coöperate.",
    "文档被分成小块，然后转换成向量。",
    "インデックスを作り直すには、コマンドをもう一度実行します。",
    "يمكنك البحث في الوثائق دون مفتاح.",
    "🚀 Ship it! 👩‍💻 writes docs, CI does the rest — “quoted”, 100 %.",
    "| name | default |\n| --- | --- |\n| timeout | 30 |\n| retries | 3 |",
    "WARNING: deleting the bucket cannot be undone. " * 6,
    "The release is uploaded first and the pointer is moved last, so readers never see half of it. " * 8,
)

PASSAGES: tuple[tuple[str, str], ...] = (
    (
        "how to install the tool on a laptop",
        "Install the command with pip inside a virtual environment, then run its version flag to see that it works.",
    ),
    (
        "where does the server keep its log files",
        "Logs are written to standard output; in production the platform collects and stores them for thirty days.",
    ),
    (
        "change the port the service listens on",
        "By default the process listens on port 8000. Pass another number to the option or set it in the environment.",
    ),
    (
        "what happens when a request takes too long",
        "Requests that exceed the timeout are cancelled and answered with status 504; the client may try again.",
    ),
    (
        "protect an endpoint with a password",
        "Authentication is switched on by naming an issuer; every call must then carry a bearer token.",
    ),
    (
        "upload a file in a form",
        "Files arrive as multipart form data and are spooled to disk once they grow past one megabyte.",
    ),
    (
        "connect to a database",
        "Create the engine once at start-up, hand out one session for each request and close it afterwards.",
    ),
    (
        "write a test for a route",
        "Use the test client: call the path as a user would and compare status code and body with what you expect.",
    ),
    (
        "run work after the answer was sent",
        "Background tasks start when the response has left; keep them short and idempotent.",
    ),
    (
        "validate the fields of the request body",
        "Declare a model with typed attributes; input that does not fit is refused and the error names the field.",
    ),
    (
        "read a value from the query string",
        "Parameters that are not part of the path are taken from the part of the address behind the question mark.",
    ),
    (
        "allow calls from another website in the browser",
        "List the origins in the CORS settings; the preflight request is answered before any of your code runs.",
    ),
    (
        "serve pictures and style sheets",
        "Mount a folder under a prefix to hand out static assets with the right content type and caching headers.",
    ),
    (
        "limit how many calls a client may make",
        "Throttling counts calls for each key within a minute and answers 429 with the seconds to wait.",
    ),
    (
        "deploy to the cloud",
        "One command builds the bundle, uploads it and updates the stack; the address is printed at the end.",
    ),
    (
        "go back to an older version",
        "Rollback points the alias at the release before and takes effect within seconds, without a new build.",
    ),
    (
        "why is the first call so slow",
        "A cold start loads the model and the index; later calls find both in memory and answer in milliseconds.",
    ),
    (
        "how much does it cost each month",
        "Storage is a few cents, and compute is billed only while a request runs; an idle endpoint costs nothing.",
    ),
    (
        "delete everything that was created",
        "Destroying the stack removes functions, gateway and bucket; say yes twice when the bucket holds data.",
    ),
    (
        "translate the pages into another language",
        "Put each locale into its own folder; pages missing there fall back to the original text.",
    ),
    (
        "show a warning box in the text",
        "Admonitions begin with three exclamation marks and a kind such as note, tip or danger.",
    ),
    (
        "make a table of contents",
        "The sidebar is generated from headings of level two and three; hide one by marking it in the front matter.",
    ),
    (
        "link from one page to another",
        "Write relative links to the source file; the build turns them into addresses and reports broken ones.",
    ),
    (
        "keep secrets out of the repository",
        "Store keys in the secret manager and give the function permission to read only that entry.",
    ),
    (
        "schedule a job every night",
        "A cron expression in the workflow starts the job; times are in UTC and may be delayed under load.",
    ),
    (
        "cache results between builds",
        "The key is a hash of the lock file; when nothing changed the folder is restored instead of rebuilt.",
    ),
    (
        "stream an answer word by word",
        "Server-sent events deliver each token as it is produced; the last message tells why the model stopped.",
    ),
    (
        "use dependency injection",
        "A function can declare what it needs as parameters; the framework calls providers and shares their result.",
    ),
    (
        "return an error to the caller",
        "Raise an HTTP exception with a status and a detail; handlers can turn your own classes into such answers.",
    ),
    (
        "measure the quality of search",
        "Write questions with the page that should answer them; recall and reciprocal rank follow from the positions.",
    ),
    (
        "split long documents into pieces",
        "Sections are cut at paragraph borders so that no piece is longer than the given number of characters.",
    ),
    (
        "use a different embedding model",
        "Name a hub id or a folder; it is converted once and kept in the cache for the next run.",
    ),
)
"""(question, the one passage that answers it)."""
