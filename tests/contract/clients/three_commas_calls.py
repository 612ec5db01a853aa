"""three-commas with its host constant replaced: a line of JSON in is a call, one out its answer."""

import json
import os
import sys

import py3cw.request

_, url, key, secret = sys.argv
py3cw.request.API_URL = url
os.environ["THREE_COMMAS_API_KEY"], os.environ["THREE_COMMAS_API_SECRET"] = key, secret

from three_commas.api.v2 import smart_trades  # noqa: E402 - it reads the environment

for line in sys.stdin:
    name, args = json.loads(line)
    error, data = getattr(smart_trades, name)(*args)
    said = {"refused": error} if error else {"answer": data}
    print(json.dumps(said, default=str), flush=True)
