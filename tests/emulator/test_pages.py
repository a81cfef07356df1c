"""The page for people, over HTTP as a browser sees it, and once in a browser where there is one."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests

from batch_emulator.pages.admission import Admission
from batch_emulator.pages.slices import SIZE, Slice, cut
from tests.emulator_process import EmulatorProcess

IMAGE = {"publisher": "microsoft-dsvm", "offer": "ubuntu-hpc", "sku": "2204"}
HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=alert(2)> ' \" {{ 7 * 7 }} &amp; http://outside.example/"
TASKS = 215
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Looked(HTMLParser):
    """What a page has that a browser would act on."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.events: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("href", "src", "action", "formaction", "poster", "srcset", "data"):
                self.links.append(value or "")
            if name.startswith("on") or name == "style":
                self.events.add(name)

    def handle_data(self, data: str) -> None:
        self.text += data


class Browser:
    """Signed in by the address that the emulator printed."""

    def __init__(self, emulator: EmulatorProcess) -> None:
        self.endpoint = emulator.endpoint
        self.session = requests.Session()
        self.session.trust_env = False
        self.signed_in = self.session.get(emulator.page)

    def open(self, path: str, **more: Any) -> requests.Response:
        return self.session.get(f"{self.endpoint}/_emulator/{path}", **more)

    def look(self, path: str) -> Looked:
        response = self.open(path)
        assert response.status_code == 200, path
        return Looked(response.text)


@pytest.fixture(scope="module")
def filled() -> Iterator[EmulatorProcess]:
    """Something of everything, with texts that would break a page that does not escape them."""
    with EmulatorProcess("--set", "scheduling=on") as emulator:
        machine = {"imageReference": IMAGE, "nodeAgentSKUId": "batch.node.ubuntu 22.04"}
        pool = {"id": "p1", "vmSize": "standard_d2s_v3", "virtualMachineConfiguration": machine}
        start = {"commandLine": HOSTILE, "waitForSuccess": True}
        emulator.post("/pools", {**pool, "displayName": HOSTILE, "startTask": start, "targetDedicatedNodes": 3})
        emulator.post("/pools", {**pool, "id": "p2"})
        emulator.settle()
        job = {"id": "j1", "poolInfo": {"poolId": "p2"}, "usesTaskDependencies": True, "displayName": HOSTILE}
        emulator.post("/jobs", {**job, "metadata": [{"name": HOSTILE, "value": HOSTILE}]})
        needs = {"taskIds": ["t-000", "gone"], "taskIdRanges": [{"start": 3, "end": 5}]}
        tasks = [{"id": f"t-{number:03}", "commandLine": HOSTILE} for number in range(TASKS)]
        tasks[1]["dependsOn"] = needs  # type: ignore[assignment]
        for first in range(0, TASKS, 100):
            emulator.post("/jobs/j1/addtaskcollection", {"value": tasks[first : first + 100]})
        emulator.run_task("j1", "t-000", state="completed", exitCode=42)
        emulator.run_task("j1", "t-002", state="running")
        _run_with_files(emulator)
        specification = {"poolInfo": {"poolId": "p1"}}
        schedule = {"id": "s1", "schedule": {"recurrenceInterval": "PT1H"}, "jobSpecification": specification}
        emulator.post("/jobschedules", schedule)
        emulator.advance(1)
        emulator.switch("token-audience", "https://audience.example/<b>")
        emulator.fault(path="/nowhere/<i>", status=503)
        emulator.call("GET", "/jobs/%3Cscript%3Ealert(3)%3C%2Fscript%3E")
        yield emulator
        assert emulator.errors() == ""


def _run_with_files(emulator: EmulatorProcess) -> None:
    emulator.post("/jobs", {"id": "j2", "poolInfo": {"poolId": "p1"}})
    emulator.post("/jobs/j2/tasks", {"id": "r1", "commandLine": "./render"})
    for _ in range(20):
        if emulator.get("/jobs/j2/tasks/r1")["state"] == "completed":
            break
    long = "".join(f"line {number}\n" for number in range(5_000))
    files = [("stdout.txt", f"{long}{HOSTILE}"), ("stderr.txt", ""), ("wd/out/a b#?.html", HOSTILE)]
    emulator.post("/_emulator/files/tasks/j2/r1", [{"name": name, "text": text} for name, text in files])
    emulator.post("/_emulator/files/tasks/j2/r1", {"name": "wd/frame.bin", "base64": "AAEC"})


@pytest.fixture(scope="module")
def browser(filled: EmulatorProcess) -> Browser:
    return Browser(filled)


def test_the_address_that_is_printed_signs_in_and_takes_the_token_away(browser: Browser) -> None:
    (redirect,) = browser.signed_in.history
    assert (browser.signed_in.status_code, browser.signed_in.url) == (200, f"{browser.endpoint}/_emulator/")
    assert redirect.status_code == 303
    name, *traits = [part.strip() for part in redirect.headers["Set-Cookie"].split(";")]
    assert traits == ["Path=/_emulator/", "HttpOnly", "SameSite=Strict"]
    assert name.startswith(f"azure-batch-emulator-{urlsplit(browser.endpoint).port}=")


def test_each_page_and_each_link_is_there_and_nothing_is_from_outside(browser: Browser) -> None:
    waiting, seen, texts = ["/_emulator/"], set[str](), ""
    while waiting:
        path = waiting.pop()
        seen.add(path)
        response = browser.session.get(f"{browser.endpoint}{path}", allow_redirects=False)
        assert response.status_code == 200, path
        html = response.text
        looked = Looked(html)
        assert not looked.tags & {"script", "img", "iframe", "object", "embed", "base", "video", "audio", "svg"}, path
        assert looked.events == set(), path
        assert "url(" not in html.split("</style>")[0] and "@import" not in html.split("</style>")[0]
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
        for link in looked.links:
            if link not in ("#content", "data:,"):
                assert link.startswith("/_emulator/"), (path, link)
                target = urljoin(path, link)
                if target not in seen and target not in waiting:
                    waiting.append(target)
        texts += looked.text
    assert {
        "/_emulator/page/pools/p1",
        "/_emulator/page/jobs/j1/tasks/t-214",
        "/_emulator/page/jobs/s1%3Ajob-1",
    } <= seen
    assert len({path.split("/")[6] for path in seen if path.startswith("/_emulator/page/pools/p1/nodes/")}) == 3
    assert "/_emulator/page/jobs/j2/tasks/r1/files/wd/out/a%20b%23%3F.html" in seen
    assert HOSTILE in texts and "49 &amp;" not in texts and "<script>alert(3)</script>" in texts


def test_a_task_shows_how_it_ended_and_what_it_waits_for(browser: Browser) -> None:
    failed = browser.look("page/jobs/j1/tasks/t-000").text
    assert "42" in failed and "FailureExitCode" in failed and "failure" in failed
    waits = browser.look("page/jobs/j1/tasks/t-001").text
    assert all(said in waits for said in ("t-000", "failure", "gone, which is not there", "the ids 3 to 5"))
    counts = re.sub(r"\s+", " ", browser.look("page/jobs/j1").text)
    assert f"{TASKS} tasks {TASKS - 2} active 1 running 1 completed 0 succeeded 1 failed" in counts


def test_a_task_shows_the_end_of_what_it_has_written(browser: Browser) -> None:
    task = browser.look("page/jobs/j2/tasks/r1").text
    assert "line 4999" in task and "line 0\n" not in task and HOSTILE in task and "Empty." in task
    whole = browser.look("page/jobs/j2/tasks/r1/files/stdout.txt").text
    assert "line 0\n" in whole and HOSTILE in whole
    assert "It is not text." in browser.look("page/jobs/j2/tasks/r1/files/wd/frame.bin").text
    assert "frame.bin" in browser.look("page/jobs/j2/tasks/r1/files/wd").text
    for name in ("none.txt", "%2E%2E/stdout.txt", "..%2F..%2F..%2F..%2Fetc/passwd", "wd/%2Fetc%2Fpasswd"):
        assert browser.open(f"page/jobs/j2/tasks/r1/files/{name}").status_code == 404


def test_many_tasks_are_shown_a_page_at_a_time(browser: Browser) -> None:
    first = browser.open("page/jobs/j1").text
    assert f"1 to {SIZE} of {TASKS}" in first and ">t-099<" in first and ">t-100<" not in first
    following = re.findall(r'rel="next" href="([^"]+)"', first)
    second = browser.session.get(browser.endpoint + following[0]).text
    assert f"101 to 200 of {TASKS}" in second and ">t-100<" in second
    found = browser.open("page/jobs/j1", params={"begins": "T-20"}).text
    assert "1 to 10 of 10" in found and ">t-209<" in found and ">t-210<" not in found
    assert "None with an id" in browser.open("page/jobs/j1", params={"begins": "<b>"}).text


def test_what_is_not_there_is_said_in_a_page(browser: Browser) -> None:
    for path in ("page/pools/none", "page/jobs/j1/tasks/none", "page/nothing", "page/jobs/j1/nothing/x"):
        response = browser.open(path)
        assert response.status_code == 404 and "<h1>" in response.text
    assert browser.open("page/jobs/%3Cb%3E").text.count("<b>") == 0


def test_without_the_token_of_this_start_there_is_nothing_to_see(filled: EmulatorProcess, browser: Browser) -> None:
    port = urlsplit(filled.endpoint).port
    for more in (
        {},
        {"params": {"token": "wrong"}},
        {"params": {"token": "ü"}},
        {"cookies": {f"azure-batch-emulator-{port}": "wrong"}},
        {"cookies": {"azure-batch-emulator-1": browser.session.cookies.get(f"azure-batch-emulator-{port}")}},
        {"headers": {"Authorization": "SharedKey batchdev:AAAA"}},
    ):
        for path in ("", "page/jobs", "page/nothing"):
            response = requests.get(f"{filled.endpoint}/_emulator/{path}", **more)
            assert response.status_code == 403
            assert "standard error" in response.text and "j1" not in response.text
            assert "Set-Cookie" not in response.headers


def test_over_tls_the_cookie_is_for_tls_only() -> None:
    assert Admission().cookie("https://localhost:10100").endswith("; HttpOnly; SameSite=Strict; Secure")


def test_a_cookie_controls_nothing(filled: EmulatorProcess, browser: Browser) -> None:
    for method, path in (("POST", "reset"), ("DELETE", "requests"), ("GET", "requests"), ("POST", "settle")):
        response = browser.session.request(method, f"{browser.endpoint}/_emulator/{path}", data=b"")
        assert (response.status_code, response.json()["code"]) == (401, "AuthenticationFailed")
    assert browser.session.post(f"{browser.endpoint}/_emulator/page/jobs/j1", data=b"").status_code == 405
    assert browser.session.get(f"{browser.endpoint}/jobs?api-version=2025-06-01").status_code == 401
    assert filled.get("/jobs/j1")["state"] == "active"


def test_looking_is_not_a_poll_and_is_not_in_the_log(emulator: EmulatorProcess) -> None:
    machine = {"imageReference": IMAGE, "nodeAgentSKUId": "batch.node.ubuntu 22.04"}
    pool = {"id": "p1", "vmSize": "standard_d2s_v3", "virtualMachineConfiguration": machine, "targetDedicatedNodes": 1}
    emulator.post("/pools", pool)
    browser = Browser(emulator)
    for _ in range(3):
        assert "resizing" in browser.look("page/pools/p1").text
        assert "resizing" in browser.look("page/pools").text
    assert emulator.get("/pools/p1")["allocationState"] == "resizing"
    assert [entry["path"] for entry in emulator.requests()] == ["/pools", "/pools/p1"]


def test_a_long_table_is_cut_in_the_time_of_a_page() -> None:
    keys = [f"{number:06}" for number in range(100_000)]
    touched: list[str] = []

    def item(key: str) -> str:
        touched.append(key)
        return key

    def follow(start: str) -> list[Slice[str]]:
        slices = [cut(keys, item, {"from": start}, "0000")]
        while (after := slices[-1].after) is not None:
            slices.append(cut(keys, item, {"from": after}, "0000"))
        return slices

    assert [(s.first, s.last, s.total) for s in follow("")] == [(1, SIZE, SIZE)]
    pages = [cut(keys, item, {"from": "050000"})]
    assert (pages[0].first, pages[0].last, pages[0].total, pages[0].final) == (50_001, 50_100, 100_000, "099900")
    assert (pages[0].before, pages[0].after) == ("049900", "050100")
    assert len(touched) == 2 * SIZE
    assert cut(keys, item, {"from": "zzz"}).rows == ["099999"]
    assert cut([], item, {"from": "x"}).rows == []
    # What was deleted where a page began leaves the rest where it was.
    assert cut(keys[:500] + keys[501:], item, {"from": "000500"}).rows[0] == "000501"


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH to look at the page with")
def test_a_browser_shows_it_light_and_dark_and_refuses_nothing_of_it(filled: EmulatorProcess, tmp_path: Path) -> None:
    from matplotlib.image import imread

    target = filled.page.replace("/_emulator/?", "/_emulator/page/jobs/j1?")
    corners = []
    for scheme in ("0", "1"):
        picture = tmp_path / f"{scheme}.png"
        command = [str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
        command += [f"--user-data-dir={tmp_path / scheme}", f"--blink-settings=preferredColorScheme={scheme}"]
        command += ["--no-first-run", "--disable-background-networking", "--hide-scrollbars", "--window-size=900,700"]
        done = subprocess.run(
            [*command, f"--screenshot={picture}", target], capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "CONSOLE" not in done.stderr and "Refused" not in done.stderr
        # The lower left corner: what a page that is not signed in, or without its style, leaves white.
        corners.append(float(imread(picture)[-5, 5][:3].mean()))
    dark, light = corners
    assert dark < 0.2 and light > 0.9
