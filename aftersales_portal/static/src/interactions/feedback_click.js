import { browser } from "@web/core/browser/browser";
import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** Counts the click in the mail that opened the page, once somebody sees the page. */
export class FeedbackClick extends Interaction {
    static selector = "form.o_aftersales_feedback[data-question]";

    start() {
        this.countOnceSeen();
    }

    countOnceSeen() {
        // A page that is loaded ahead, or in a window that nobody sees, is not an answer.
        if (document.prerendering) {
            this.addListener(document, "prerenderingchange", this.countOnceSeen, { once: true });
        } else if (document.visibilityState !== "visible") {
            this.addListener(document, "visibilitychange", this.countOnceSeen, { once: true });
        } else {
            this.count();
        }
    }

    async count() {
        const { question, number } = this.el.dataset;
        const body = new FormData();
        body.set("csrf_token", this.el.elements.csrf_token.value);
        body.set("click", "1");
        body.set(question, number);
        const answer = await this.waitFor(fetch(this.el.action, { method: "POST", body }).catch(() => false));
        if (answer && answer.ok && new URL(answer.url).searchParams.has("said")) {
            browser.location.replace(answer.url);
        } else {
            document.querySelector(".o_aftersales_uncounted").hidden = false;
        }
    }
}

registry.category("public.interactions").add("aftersales_portal.feedback_click", FeedbackClick);
