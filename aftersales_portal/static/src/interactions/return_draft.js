import { Interaction } from "@web/public/interaction";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

const DAYS = 14;
const name = (orderId) => `aftersales_portal.return.${orderId}`;

/** What a customer has chosen about an order and not sent yet; kept on their device, without photos. */
export function readDraft(orderId) {
    try {
        const draft = JSON.parse(browser.localStorage.getItem(name(orderId)));
        return draft && Date.now() - draft.at < DAYS * 24 * 3600 * 1000 ? draft : {};
    } catch {
        return {}; // no storage on this device, or nothing of ours in it
    }
}

export function writeDraft(orderId, draft) {
    try {
        browser.localStorage.setItem(name(orderId), JSON.stringify({ ...draft, at: Date.now() }));
    } catch {
        // No storage on this device: the form works without.
    }
}

export function dropDraft(orderId) {
    try {
        browser.localStorage.removeItem(name(orderId));
    } catch {
        // see writeDraft
    }
}

/** Forgets the drafts of what has just been sent. */
export class ReturnAsked extends Interaction {
    static selector = ".o_aftersales_asked";

    start() {
        for (const orderId of this.el.dataset.orders.split(",")) {
            // A question that was sent leaves what was chosen to come back.
            const { answers } = readDraft(orderId);
            const isKept = this.el.dataset.question && Object.keys(answers || {}).length;
            isKept ? writeDraft(orderId, { answers }) : dropDraft(orderId);
        }
    }
}

registry.category("public.interactions").add("aftersales_portal.return_asked", ReturnAsked);
