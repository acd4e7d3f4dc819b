"""Serves the cases in this process: reads ``CASE REQUESTS`` lines, prints µs of CPU per request as JSON."""

import asyncio
import io
import json
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import django

django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

KIND = os.environ["KIND"]
HOST = os.environ["BENCH_HOST"]
HOSTS = [f"{name}.localhost" for name in os.environ.get("BENCH_TENANTS", "").split(",")]
THREADS = 8
application = get_wsgi_application()
in_asgi = get_asgi_application()
loop = asyncio.new_event_loop()
in_threads = ThreadPoolExecutor(THREADS)  # which keep their connections


def environ(path, method="GET", body=b"", host=HOST, **more):
    env = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": host,
        "SERVER_PORT": "80",
        "HTTP_HOST": host,
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_USER_AGENT": "bench",
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if method == "POST":
        env["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
        env["CONTENT_LENGTH"] = str(len(body))
    return env | more


def call(env):
    answers = []
    response = application(
        env, lambda status, headers, error=None: answers.append((status, headers))
    )
    body = b"".join(response)
    response.close()
    return *answers[0], body


def cookies_of(headers):
    """What a browser sends back: those that are not taken back in the same answer."""
    values = [v.strip() for k, v in headers if k.lower() == "set-cookie" and "1970" not in v]
    return "; ".join(value.split(";")[0] for value in values)


_, headers, token = call(environ("/log_in/"))
SESSION = {"HTTP_COOKIE": cookies_of(headers), "HTTP_X_CSRFTOKEN": token.decode()}


def made(case):
    """What makes the request of a case."""
    if case == "form":
        return lambda: environ("/form/", "POST", b"text=hello", **SESSION)
    if case == "login_get":
        return lambda: environ("/login_get/", **SESSION)
    if case == "get_after_write":
        cookies = {"HTTP_COOKIE": cookies_of(call(environ("/create/"))[1])}
        return lambda: environ("/get/", **cookies)
    return lambda: environ(f"/{case}/")


def wsgi(case, number):
    make = made(case)
    status, headers, body = call(make())
    is_right = ("/empty/" in str(headers)) if case == "form" else status.startswith("200")
    assert is_right, (case, status, body[:300])
    began = time.process_time()
    for _ in range(number):
        call(make())
    return (time.process_time() - began) / number * 1e6


def get(host):
    status, _, body = call(environ("/get/", host=host))
    assert status.startswith("200"), (host, status, body[:300])


def turns(number):
    """Each tenant in turn, in one thread."""
    began = time.process_time()
    for turn in range(number):
        get(HOSTS[turn % len(HOSTS)])
    return (time.process_time() - began) / number * 1e6


def serve(seed, number):
    chosen = random.Random(seed)
    for _ in range(number):
        get(chosen.choice(HOSTS[: len(HOSTS) * 2 // 3]))


def threads(number):
    """Two thirds of the tenants at random, in threads: time on the clock, in which they wait for each other."""
    began = time.perf_counter()
    for done in [in_threads.submit(serve, seed, number // THREADS) for seed in range(THREADS)]:
        done.result()
    return (time.perf_counter() - began) / number * 1e6


async def ask(path):
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": "http",
        "headers": [(b"host", HOST.encode()), (b"user-agent", b"bench")],
        "server": (HOST, 80),
        "client": ("127.0.0.1", 1),
    }
    sent, received = [], iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive():
        if (message := next(received, None)) is None:
            await asyncio.sleep(3600)
        return message

    async def send(message):
        sent.append(message)

    await in_asgi(scope, receive, send)
    assert sent[0]["status"] == 200, sent


async def asgi(case, number):
    for _ in range(2):
        await ask(f"/{case}/")
    began = time.process_time()
    for _ in range(number):
        await ask(f"/{case}/")
    return (time.process_time() - began) / number * 1e6


OF_MANY = {"turns": turns, "threads": threads}

if __name__ == "__main__":
    print("ready", flush=True)
    for line in sys.stdin:
        case, number = line.split()
        if case.startswith("asgi"):
            took = loop.run_until_complete(asgi(case, int(number)))
        elif case in OF_MANY:
            took = OF_MANY[case](int(number))
        else:
            took = wsgi(case, int(number))
        print(json.dumps(took), flush=True)
