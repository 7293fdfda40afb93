"""Opens a page of `tidegate intel` in headless Chromium and uses it as a person would.

    page.py CHROMIUM PAGE [NODE]

NODE: what a link leads to, as `technique:T1190`. Prints one JSON object: what the console said, and what stood on the page after each real click or key.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request

import websocket

chromium, page = sys.argv[1:3]
node_linked = sys.argv[3:]
deadline = time.monotonic() + 240


class Browser:
    def __init__(self, folder):
        self.process = subprocess.Popen(
            [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
             "--disable-background-networking", "--remote-debugging-port=0", "--remote-allow-origins=*",
             "--window-size=1500,1100", f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port = self.until(lambda: open(os.path.join(folder, "DevToolsActivePort")).read().split()[0])
        pages = self.until(lambda: json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=10)))
        target = next(one for one in pages if one["type"] == "page")
        self.socket = websocket.create_connection(target["webSocketDebuggerUrl"], timeout=30)
        self.number = 0
        self.console = []

    @staticmethod
    def until(what):
        while True:
            try:
                got = what()
                if got:
                    return got
            except (OSError, IndexError, ValueError):
                pass
            if time.monotonic() > deadline:
                raise TimeoutError("the browser does not answer")
            time.sleep(0.1)

    def send(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.number:
                return answer.get("result", answer)
            if answer.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
                self.console.append(json.dumps(answer["params"])[:500])

    def ask(self, expression):
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def click(self, x, y):
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        time.sleep(0.4)

    def click_on(self, element):
        """Clicks the middle of what an expression gives."""
        x, y = self.ask(f"(()=>{{const one={element};one.scrollIntoView({{block:'center'}});"
                        "const at=one.getClientRects()[0];return [at.x+Math.min(at.width/2,40),at.y+at.height/2]})()")
        self.click(x, y)


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
    browser = Browser(folder)
    try:
        for domain in ("Runtime", "Log", "Page"):
            browser.send(domain + ".enable")
        begun = time.monotonic()
        browser.send("Page.navigate", url="file://" + page)
        Browser.until(lambda: browser.ask("document.readyState === 'complete' && document.body.dataset.drawn"))
        said = {"seconds": time.monotonic() - begun, "drawn": int(browser.ask("document.body.dataset.drawn"))}
        said["rows"] = browser.ask("document.querySelectorAll('#nodes tbody tr').length")
        detail = "document.getElementById('detail').textContent"
        marked = "[...document.querySelectorAll('#text .shown')].map(one=>one.textContent).join('|')"
        cy = "document.getElementById('picture')._cyreg.cy"

        # In the picture, on the technique's own box.
        node = f"{cy}.nodes('.claim').filter(one=>one.data('label').startsWith('T1190')).first()"
        for _ in range(40):
            x, y, height = browser.ask(
                "(()=>{const box=document.getElementById('picture').getBoundingClientRect();"
                f"const one={node},at=one.renderedPosition();return [box.x+at.x,box.y+at.y,one.renderedHeight()]}})()")
            if height >= 10:
                break
            # As a person would: the wheel, over what is wanted.
            browser.send("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=-240)
            time.sleep(0.2)
        browser.click(x, y)
        said["picture"] = browser.ask(detail)
        said["marked"] = browser.ask(marked)

        # From the sentence back.
        browser.click_on("document.querySelector('#text a.said.shown')")
        said["sentence"] = browser.ask(detail)
        said["chosen"] = browser.ask(f"{cy}.nodes('.chosen').length")

        # From the table, with the keyboard alone.
        browser.ask("[...document.querySelectorAll('#nodes button.node')].find(one=>one.textContent==='email').focus()")
        for kind in ("keyDown", "keyUp"):
            browser.send("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", text="\r", windowsVirtualKeyCode=13)
        time.sleep(0.3)
        said["keyboard"] = browser.ask(detail)

        # Filter and search.
        visible = f"{cy}.edges().filter(one=>one.visible()).length"
        said["edges"] = browser.ask(visible)
        browser.click_on("document.querySelector('input[name=provenance][value=\"the report\"]')")
        said["edges_filtered"] = browser.ask(visible)
        browser.click_on("document.getElementById('search')")
        for letter in "T1190":
            browser.send("Input.dispatchKeyEvent", type="char", text=letter)
        time.sleep(0.3)
        said["found"] = browser.ask("document.getElementById('found').textContent")
        said["requests"] = browser.ask("performance.getEntriesByType('resource').length")

        # By a link that somebody sent: to a node, and to its sentence.
        for node in node_linked:
            word = node.rpartition(":")[2]
            sentence = browser.ask(f"[...document.querySelectorAll('#text a.said')].find(one=>one.textContent.includes('{word}')).id")
            for name, fragment in (("linked", "node=" + node), ("linked_sentence", sentence)):
                browser.send("Page.navigate", url="about:blank")
                browser.send("Page.navigate", url=f"file://{page}#{fragment}")
                Browser.until(lambda: browser.ask("document.readyState === 'complete' && document.body?.dataset.drawn"))
                said[name] = browser.ask(detail)
                said[name + "_marked"] = browser.ask(marked)
        said["title"] = browser.ask("document.title")
        said["console"] = browser.console
        print(json.dumps(said))
    finally:
        browser.process.kill()
        browser.process.wait()
