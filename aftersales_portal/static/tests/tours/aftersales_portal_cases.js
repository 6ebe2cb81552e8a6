import { registry } from "@web/core/registry";
import { assertCounts, startCounting } from "./aftersales_portal_return";

const card = (words) => `.o_aftersales_cards label:contains(${words})`;
const chat = "#chatterRoot:shadow";
// The messages are loaded after the page.
const LOADED = 60000;
const inChat = (selector) => document.querySelector("#chatterRoot").shadowRoot.querySelector(selector);

/** Adds a photo to the message that is being written. */
async function attachPhoto() {
    const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 20 });
    canvas.getContext("2d").fillRect(0, 0, 20, 20);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg"));
    const transfer = new DataTransfer();
    transfer.items.add(new File([blob], "leak.jpg", { type: "image/jpeg" }));
    const input = inChat(".o-mail-Composer .o_input_file");
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
}

const say = (words) => [
    { content: "write", trigger: `${chat} .o-mail-Composer-input`, run: `edit ${words}`, timeout: LOADED },
    { content: "with a photo", trigger: `${chat} .o-mail-Composer-input`, run: attachPhoto },
    {
        content: "which is there",
        trigger: `${chat} .o-mail-Composer .o-mail-AttachmentContainer:not(.o-isUploading)`,
    },
    { content: "send", trigger: `${chat} .o-mail-Composer-send:enabled`, run: "click" },
    { content: "it is said", trigger: `${chat} .o-mail-Message:contains(${words}) img` },
];

// These rely on the orders and cases that the Python tests make and open.
registry.category("web_tour.tours").add("aftersales_portal_question", {
    steps: () => [
        { content: "from the mail", trigger: card("I have a question"), run: startCounting },
        { content: "a question", trigger: card("I have a question"), run: "click" },
        { content: "in words", trigger: "#question", run: "edit Which tea is best?" },
        { content: "or not", trigger: ".o_aftersales_back", run: "click" },
        { content: "but yes", trigger: card("I have a question"), run: "click" },
        { content: "what was typed is kept", trigger: "#question:value(Which tea is best?)" },
        {
            content: "send it",
            trigger: "[data-step=question] button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "it came through",
            trigger: ".alert-success:contains(we have it)",
            run: () => assertCounts(5, 23),
        },
        { content: "and can be read", trigger: `${chat} .o-mail-Message:contains(Which tea is best?)`, timeout: LOADED },
    ],
});

registry.category("web_tour.tours").add("aftersales_portal_visit", {
    steps: () => [
        { content: "from the mail", trigger: card("repair it at my home"), run: startCounting },
        { content: "it is broken at home", trigger: card("repair it at my home"), run: "click" },
        {
            content: "send it",
            trigger: "[data-step=visit]:has(input:checked) button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        { content: "it came through", trigger: "h1:contains(Repair at home)", run: () => assertCounts(5, 0) },
    ],
});

registry.category("web_tour.tours").add("aftersales_portal_chat", {
    steps: () => [
        { content: "what we said", trigger: `${chat} .o-mail-Message:contains(Which colour is it?)`, timeout: LOADED },
        ...say("It is red"),
    ],
});

registry.category("web_tour.tours").add("aftersales_portal_cases", {
    steps: () => [
        { content: "questions", trigger: ".o_portal_index_card a[href='/my/cases']", run: "click", expectUnloadPage: true },
        { content: "a new one", trigger: "a[href='/my/cases/new']", run: "click", expectUnloadPage: true },
        { content: "about the kettle", trigger: ".o_aftersales_units label:contains(Kettle)", run: "click" },
        { content: "a problem", trigger: "label[for=type-problem]", run: "click" },
        { content: "in words", trigger: "#question", run: "edit It leaks" },
        { content: "send", trigger: ".o_aftersales_case_form button[type=submit]", run: "click", expectUnloadPage: true },
        { content: "it came through", trigger: "h1:contains(Kettle: It leaks)" },
        ...say("More of it"),
        { content: "all is well", trigger: "form[name=close] button", run: "click", expectUnloadPage: true },
        { content: "good to hear", trigger: ".alert-success:contains(Good to hear)" },
        { content: "it can be rated", trigger: "form[name=rate]" },
        { content: "or not", trigger: "form[name=reopen] textarea", run: "edit It leaks again" },
        { content: "ask again", trigger: "form[name=reopen] button", run: "click", expectUnloadPage: true },
        { content: "we look again", trigger: ".alert-success:contains(look at it again)" },
        { content: "in the list", trigger: ".o_portal_submenu a[href='/my/cases']", run: "click", expectUnloadPage: true },
        { content: "it is open", trigger: ".o_portal_my_doc_table tr:contains(Kettle: It leaks):contains(We are on it)" },
    ],
});
