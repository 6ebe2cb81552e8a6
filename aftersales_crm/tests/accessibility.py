import json
from importlib import resources

# Runs axe in frames of the page, one address after the other, and tells what it finds as an error.
CHECK = """
(async () => {
    const faults = [];
    const axe = await (await fetch(%(axe)s)).text();
    for (const url of %(urls)s) {
        const frame = document.createElement("iframe");
        frame.style.cssText = "width:%(width)spx;height:740px;border:0";
        frame.src = url;
        const loaded = new Promise((resolve) => (frame.onload = resolve));
        document.body.replaceChildren(frame);
        await loaded;
        const inside = frame.contentWindow;
        inside.eval(axe);
        const result = await inside.axe.run(inside.document, {resultTypes: ["violations"]});
        for (const fault of result.violations) {
            faults.push(`${url}: ${fault.id} (${fault.help}): ${fault.nodes.map((node) => node.html).join(" ")}`);
        }
        const wide = inside.document.documentElement.scrollWidth;
        if (wide > %(width)s) {
            faults.push(`${url}: ${wide} pixels wide on a screen of %(width)s`);
        }
    }
    if (faults.length) {
        console.error(faults.join("\\n"));
    } else {
        console.log("test successful");
    }
})()
"""


class AccessibilityMixin:
    """For tests of pages: barriers that axe finds, and what is wider than the smallest of phones."""

    browser_size = "360x740"

    def _check(self, urls, login=None, width=320):
        """Open pages one after the other and fail on any barrier.

        :param urls: list of addresses
        :param str login: of the user who opens them; nobody's when left out
        :param int width: of the screen, in pixels
        """
        source = resources.files("axe_core_python").joinpath("axe.min.js").read_bytes()
        axe = self.env["ir.attachment"].create({"name": "axe.js", "raw": source, "public": True})
        values = {"urls": json.dumps(urls), "axe": json.dumps(f"/web/content/{axe.id}"), "width": width}
        self.browser_js("/my", CHECK % values, login=login, timeout=120)
