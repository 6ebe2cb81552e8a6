import { registry } from "@web/core/registry";

const COUNTS = "aftersales_portal.tour_counts";

/** Counts what customers do, from the first page on: taps, and characters typed. */
export function startCounting() {
    sessionStorage.setItem(COUNTS, JSON.stringify({ taps: 0, typed: 0 }));
    keepCounting();
}

export function keepCounting() {
    const add = (name, number) => {
        const counts = JSON.parse(sessionStorage.getItem(COUNTS));
        counts[name] += number;
        sessionStorage.setItem(COUNTS, JSON.stringify(counts));
    };
    document.addEventListener("pointerdown", () => add("taps", 1), true);
    document.addEventListener("input", (ev) => ev.data && add("typed", ev.data.length), true);
}

export function assertCounts(taps, typed) {
    const counts = JSON.parse(sessionStorage.getItem(COUNTS));
    if (counts.taps > taps || counts.typed > typed) {
        throw new Error(`${counts.taps} taps and ${counts.typed} characters: at most ${taps} and ${typed}`);
    }
    if (!counts.taps) {
        throw new Error("Nothing was counted");
    }
}

const card = (words) => `.o_aftersales_cards label:contains(${words})`;
const row = (product) => `.o_aftersales_row:contains(${product})`;
const send = {
    content: "send it",
    trigger: ".o_aftersales_send button[type=submit]",
    run: "click",
    expectUnloadPage: true,
};

// These rely on the orders that the Python tests make and open.
registry.category("web_tour.tours").add("aftersales_portal_return", {
    steps: () => [
        {
            content: "start from the order",
            trigger: "a[name=return_products]",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "it is broken", trigger: card("does not work"), run: "click" },
        {
            content: "one of two products",
            trigger: `${row("Kettle")} .o_aftersales_choose`,
            run: "click",
        },
        { content: "the other one is not asked about", trigger: `${row("Washer")}:not(:visible)` },
        {
            content: "the right that carries it is shown, and no other",
            trigger: `${row("Kettle")} li[data-basis=guarantee]:contains(we pay the way back):not(:has(~ li:visible))`,
        },
        {
            content: "a refund is asked for",
            trigger: `${row("Kettle")} .o_aftersales_remedy label:contains(My money back)`,
            run: "click",
        },
        {
            content: "amount and day are shown",
            trigger: `${row("Kettle")} .o_aftersales_money:contains(You get):contains(100)`,
        },
        { content: "more of them", trigger: `${row("Kettle")} button[data-step='1']`, run: "click" },
        { content: "are worth more", trigger: `${row("Kettle")} .o_aftersales_money:contains(200)` },
        { content: "but one", trigger: `${row("Kettle")} button[data-step='-1']`, run: "click" },
        { content: "a word about it", trigger: `${row("Kettle")} summary`, run: "click" },
        { content: "in the customer's words", trigger: `${row("Kettle")} textarea`, run: "edit It does not boil" },
        { content: "leave, and come back", trigger: ".o_portal_submenu a:contains(S)", run: "click", expectUnloadPage: true },
        { content: "to the form", trigger: "a[name=return_products]", run: "click", expectUnloadPage: true },
        {
            content: "what was chosen is still there",
            trigger: `${row("Kettle")}:contains(does not work):has(textarea:value(It does not boil))`,
        },
        {
            content: "something about another product",
            trigger: ".o_aftersales_more",
            run: "click",
        },
        { content: "which did not come whole", trigger: card("It arrived damaged"), run: "click" },
        { content: "the washer", trigger: `${row("Washer")} .o_aftersales_choose`, run: "click" },
        { content: "both are there", trigger: `${row("Kettle")}:visible:has(~ ${row("Washer")}:visible)` },
        send,
        {
            content: "the return is there with its products",
            trigger: ".o_aftersales_return_line:contains(Kettle):contains(It does not boil)",
        },
        { content: "the draft is gone", trigger: "body:not(:empty)", run: () => {
            if (Object.keys(localStorage).some((name) => name.startsWith("aftersales_portal.return"))) {
                throw new Error("the draft is still kept");
            }
        } },
        {
            content: "and in the list",
            trigger: ".o_portal_submenu a[href='/my/returns']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "where it waits for a decision",
            trigger: ".o_portal_my_doc_table td:contains(Waiting for our decision)",
        },
    ],
});

registry.category("web_tour.tours").add("aftersales_portal_five_taps", {
    steps: () => [
        { content: "from the mail", trigger: card("I changed my mind"), run: startCounting },
        { content: "what is the matter", trigger: card("I changed my mind"), run: "click" },
        { content: "item and quantity are preset", trigger: `${row("Kettle")} .o_aftersales_money:contains(100)` },
        send,
        {
            content: "it is asked for",
            trigger: ".o_aftersales_return_line:contains(Kettle)",
            run: () => assertCounts(5, 0),
        },
    ],
});

registry.category("web_tour.tours").add("aftersales_portal_sealed", {
    steps: () => [
        { content: "from the mail", trigger: card("I changed my mind"), run: startCounting },
        { content: "what is the matter", trigger: card("I changed my mind"), run: "click" },
        { content: "whether it is sealed", trigger: `${row("Kettle")} label:contains(still sealed)`, run: "click" },
        { content: "two came, one goes back", trigger: `${row("Kettle")} .o_aftersales_stepper input:value(1)` },
        send,
        {
            content: "it is asked for",
            trigger: ".o_aftersales_return_line:contains(Kettle)",
            run: () => assertCounts(5, 0),
        },
    ],
});

