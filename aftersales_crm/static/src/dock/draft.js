import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";

/**
 * What is counted and not yet confirmed, kept in the tab: a reloaded page goes on where it was.
 *
 * With its token: if the last answer of the server was lost, the parcel is still received once.
 */
const key = () => `aftersales_crm.dock:${user.userId}`;

export function readDraft() {
    try {
        return JSON.parse(browser.sessionStorage.getItem(key())) || false;
    } catch {
        return false;
    }
}

export function writeDraft(draft) {
    if (!draft) {
        return browser.sessionStorage.removeItem(key());
    }
    try {
        browser.sessionStorage.setItem(key(), JSON.stringify(draft));
    } catch {
        // Photos are larger than the browser keeps: the counts are not.
        const cards = draft.cards.map((card) => ({ ...card, photos: [] }));
        browser.sessionStorage.setItem(key(), JSON.stringify({ ...draft, cards }));
    }
}
